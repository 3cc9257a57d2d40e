"""The PDF report: `sections` says what stands in it, `document` draws it; nothing else knows PDF."""

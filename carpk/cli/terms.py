"""carpk terms: the vocabulary."""

import click

from carpk.cli.session import write_out


@click.command(short_help="Print the vocabulary: parameters, reasons, flags.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, one row a word.")
def terms(as_csv: bool) -> None:
    """Print every parameter with its definition, formula and CDISC term, and every reason, flag and action.

    \b
    Examples:
      carpk terms | less
      carpk terms --csv > terms.csv
    """  # noqa: D301
    from carpk.report import plain_text

    if not as_csv:
        write_out(plain_text.vocabulary())
        return
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(plain_text.VOCABULARY_COLUMNS)
    writer.writerows(plain_text.vocabulary_rows())
    write_out(buffer.getvalue())

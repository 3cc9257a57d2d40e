"""``python -m carpk.sample_data [FOLDER]`` remakes the sample trials, in ``sample_data`` if no folder is named."""

import argparse

from carpk.sample_data import write_sample_data

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m carpk.sample_data", description="Remake the synthetic sample trials."
    )
    parser.add_argument("folder", nargs="?", default="sample_data", help="where the files go (default: sample_data)")
    write_sample_data(parser.parse_args().folder)

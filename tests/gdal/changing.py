"""A product that a test may change."""
import shutil
import subprocess

import pytest
from conftest import S2SR, work


@pytest.fixture
def own(product, request):
    """A copy of the product that the test may change."""
    folder = work / f"own-{request.node.name.replace('/', '_')}"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(product, folder)
    return folder


def names_of(product, to="10"):
    vrt = work / f"{product.name}.vrt"
    subprocess.run([S2SR, "vrt", product, vrt, "--to", to], check=True)
    return {"driver": f'S2SR:"{product}",to={to}', "vrt": str(vrt)}

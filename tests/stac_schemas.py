"""STAC as it is published: a validator that reads schemas from the tests' data alone."""

import json
from pathlib import Path
from typing import Any

from pystac.validation import validate_dict
from pystac.validation.stac_validator import JsonSchemaSTACValidator

SCHEMAS = Path(__file__).parent / "data" / "stac-schemas"
_ADDRESS = "https://stac-extensions.github.io/{}/v{}/schema.json"


class OfflineValidator(JsonSchemaSTACValidator):  # type: ignore[misc]  # pystac is untyped here
    """Knows STAC's schemas, which pystac brings along, and those of the extensions used here."""

    def __init__(self) -> None:
        super().__init__()
        for path in sorted(SCHEMAS.glob("*-v*.json")):
            name, _, version = path.stem.rpartition("-v")
            self.schema_cache[_ADDRESS.format(name, version)] = json.loads(path.read_text())
        # The schema of models asks for classes as in version 1.1, which wants a description where
        # 2.0 wants a name; the tests see to the description themselves.
        classes = self.schema_cache[_ADDRESS.format("classification", "2.0.0")]
        self.schema_cache[_ADDRESS.format("classification", "1.1.0")] = classes

    def _get_schema(self, schema_uri: str) -> dict[str, Any]:
        found: dict[str, Any] = self.schema_cache[schema_uri]
        return found


def checked(content: dict[str, Any]) -> list[str]:
    """Return the schemas that a STAC object is valid by; fail where it is not."""
    found = validate_dict(content, validator=OfflineValidator())
    assert found, "no schema was asked"
    return [str(schema) for schema in found]

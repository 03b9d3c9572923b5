"""XML of a sender, parsed without what it could reach or swell to: no entities, no network, no files."""

from __future__ import annotations

import lxml.etree


def parsed_xml(content: bytes) -> lxml.etree._Element:
    """Return the root of an XML text. Raises XMLSyntaxError where it is none, or nested too deeply."""
    parser = lxml.etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return lxml.etree.fromstring(content, parser)

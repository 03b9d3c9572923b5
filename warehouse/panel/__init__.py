"""The research panel: region by edition, published beside computed, with breaks, preferences and sources."""

from warehouse.panel.build import Panel, read_panel
from warehouse.panel.export import write_panel
from warehouse.panel.join import join_table
from warehouse.panel.rules import BreakInMethod, PanelRules, panel_rules
from warehouse.panel.trend import published_trend

__all__ = [
    "BreakInMethod",
    "Panel",
    "PanelRules",
    "join_table",
    "panel_rules",
    "published_trend",
    "read_panel",
    "write_panel",
]

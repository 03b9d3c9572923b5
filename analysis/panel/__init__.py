"""The research panel: region by edition, published beside computed, with breaks, preferences and sources."""

from analysis.panel.export import write_panel
from analysis.panel.join import join_table
from analysis.panel.read_panel import Panel, read_panel
from analysis.panel.rules import BreakInMethod, PanelRules, panel_rules
from analysis.panel.trend import published_trend

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

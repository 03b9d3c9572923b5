"""The research panel: region by edition, published beside computed, with breaks, limits and sources, as a deposit."""

from analysis.panel.export import write_panel
from analysis.panel.join import join_table
from analysis.panel.panel_rows import score_of_edition
from analysis.panel.publication_limits import bias_table, selection_bounds
from analysis.panel.read_panel import Panel, panel_of, read_panel
from analysis.panel.replicate import read_deposit, replicate
from analysis.panel.rules import BreakInMethod, PanelRules, panel_rules
from analysis.panel.trend import published_trend

__all__ = [
    "BreakInMethod",
    "Panel",
    "PanelRules",
    "bias_table",
    "join_table",
    "panel_of",
    "panel_rules",
    "published_trend",
    "read_deposit",
    "read_panel",
    "replicate",
    "score_of_edition",
    "selection_bounds",
    "write_panel",
]

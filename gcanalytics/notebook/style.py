"""Colours and rules of what is shown in a notebook, for light and dark themes."""

from __future__ import annotations

__all__ = ["CSS", "DARK", "LIGHT"]

# Each colour has a contrast of 4.5 or more against both backgrounds of its theme (a test computes it).
LIGHT = {
    "ground": "#ffffff",
    "panel": "#eeeeee",
    "text": "#1f1f1f",
    "quiet": "#595959",
    "ok": "#0f6b3d",
    "warn": "#7d5200",
    "alarm": "#a8201a",
    "line": "#1a56b0",
}
DARK = {
    "ground": "#111111",
    "panel": "#424242",
    "text": "#f5f5f5",
    "quiet": "#c9c9c9",
    "ok": "#63d297",
    "warn": "#f0b541",
    "alarm": "#ff9d94",
    "line": "#8ab8ff",
}


def _variables(colours: dict[str, str]) -> str:
    own = "".join(
        f"--gca-{name}:{colour};"
        for name, colour in colours.items()
        if name not in {"ground", "panel", "text"}
    )
    return own + (
        f"--gca-panel:var(--jp-layout-color2,{colours['panel']});"
        f"--gca-text:var(--jp-ui-font-color1,var(--vscode-foreground,{colours['text']}));"
    )


_DARK_THEMES = (
    "body[data-jp-theme-light=false] .gca-live,body.vscode-dark .gca-live,[data-theme=dark] .gca-live"
)

# JupyterLab floats <dl>, right-aligns td and stretches svg inside outputs: hence <div>s and narrow selectors.
CSS = (
    f".gca-live{{{_variables(LIGHT)}"
    "font-family:var(--jp-ui-font-family,sans-serif);color:var(--gca-text);line-height:1.45}"
    f"{_DARK_THEMES}{{{_variables(DARK)}}}"
    ".gca-live.gca-stale .gca-body{opacity:.62}"
    ".gca-live .gca-head{display:flex;flex-wrap:wrap;align-items:center;gap:4px 12px;font-size:13px}"
    ".gca-live .gca-title{font-size:15px;font-weight:600}"
    ".gca-live .gca-quiet{color:var(--gca-quiet)}"
    ".gca-live .gca-pill{border:1.5px solid currentColor;border-radius:12px;padding:1px 10px;font-weight:600}"
    ".gca-live .gca-ok{color:var(--gca-ok)}.gca-live .gca-warn{color:var(--gca-warn)}"
    ".gca-live .gca-alarm{color:var(--gca-alarm)}"
    ".gca-live .gca-tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:8px}"
    ".gca-live .gca-tile{background:var(--gca-panel);border-radius:4px;border-left:4px solid transparent;"
    "padding:6px 10px;min-width:0}"
    ".gca-live .gca-tile.gca-warn,.gca-live .gca-tile.gca-alarm{border-left-color:currentColor}"
    ".gca-live .gca-label{font-size:12px;color:var(--gca-quiet)}"
    ".gca-live .gca-value{font-size:24px;font-weight:700;line-height:1.25;font-variant-numeric:tabular-nums}"
    ".gca-live .gca-note{font-size:11px;color:var(--gca-quiet);min-height:1.45em}"
    ".gca-live table.gca-table{border-collapse:collapse;width:100%;font-size:13px;margin:0;table-layout:auto}"
    ".gca-live table.gca-table th,.gca-live table.gca-table td{text-align:left;padding:3px 8px;border:0;"
    "border-bottom:1px solid var(--jp-border-color2,#8884);white-space:nowrap;background:none}"
    ".gca-live table.gca-table thead th{color:var(--gca-quiet);background:var(--gca-panel);font-weight:600;"
    "position:sticky;top:0}"
    ".gca-live table.gca-table .gca-number{text-align:right;font-variant-numeric:tabular-nums}"
    ".gca-live .gca-empty{border:1px dashed var(--gca-quiet);border-radius:4px;padding:22px;"
    "text-align:center;color:var(--gca-quiet);font-size:13px}"
    ".gca-live .gca-caption{font-size:12px;font-weight:600;color:var(--gca-quiet);margin:0 0 4px}"
    ".gca-live svg.gca-spark{display:block;width:100%!important;height:72px!important;max-width:none}"
    ".gca-live .gca-log{font-family:var(--jp-code-font-family,monospace);font-size:11.5px;line-height:1.55;"
    "white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"
    ".gca-live .gca-log div{overflow:hidden;text-overflow:ellipsis}"
    ".gca-live.gca-snapshot p{margin:12px 0 4px}.gca-live.gca-snapshot ul{margin:0}"
)

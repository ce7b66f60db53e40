"""Bars as SVG by plain strings: readable on light and on dark, without script, font or library."""
from html import escape

STYLE = """<style>
text { font: 14px system-ui, sans-serif; fill: #23302a }
.title { font-weight: 600 } .quiet { fill: #66716b }
.ours { fill: #1f7a4d } .theirs { fill: #b9c2bd }
@media (prefers-color-scheme: dark) {
  text { fill: #e3e9e5 } .quiet { fill: #98a49d } .ours { fill: #4fc08a } .theirs { fill: #4b5650 }
}
</style>"""
WIDTH, LEFT, RIGHT, ROW = 720, 190, 90, 26


def bars(title, groups, unit):
    """`groups`: heading -> name -> number. Each group has a scale of its own, which its longest bar fills."""
    lines, y = [f'<text class="title" x="0" y="18">{escape(title)}</text>'], 34
    for heading, values in groups.items():
        y += 22
        lines.append(f'<text class="quiet" x="0" y="{y}">{escape(heading)}</text>')
        y += 10
        longest = max(values.values()) or 1
        for name, value in values.items():
            width = max(1, (WIDTH - LEFT - RIGHT) * value / longest)
            kind = "ours" if name.startswith("Lyceum") else "theirs"
            lines.append(f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end">{escape(name)}</text>'
                         f'<rect class="{kind}" x="{LEFT}" y="{y + 4}" width="{width:.1f}" height="{ROW - 8}" rx="2"/>'
                         f'<text x="{LEFT + width + 8:.1f}" y="{y + 17}">{value:.2f} {escape(unit)}</text>')
            y += ROW
    height = y + 8
    told = "; ".join(f"{heading}: " + ", ".join(f"{name} {value:.2f} {unit}" for name, value in values.items())
                     for heading, values in groups.items())
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
            f"<title>{escape(title)}</title><desc>{escape(told)}</desc>\n{STYLE}\n" + "\n".join(lines) + "\n</svg>\n")

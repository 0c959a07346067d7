"""Reports as HTML pages, with templates of Jinja2 and charts of Vega-Lite."""

from imgmeta.adapters.html.pages import html_page

__all__ = ["html_page"]

"""Reports as documents: title, marking, sections, tables and pictures, written as Word, PDF, HTML or Markdown.

Stands below plans and profiles and knows neither: whoever has something to report makes a `Document` of it
(`socharm.documents.document`) and hands it to `save_document` (`socharm.documents.render`).
"""

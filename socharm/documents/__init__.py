"""Reports as documents: title, marking, sections, tables and pictures, as Word, PDF, HTML, Markdown or one slide.

Stands below plans and profiles and knows neither: whoever has something to report makes a `Document` of it
(`socharm.documents.document`) and hands it to `save_document` (`socharm.documents.render`).
"""

-- After citeproc: the references that it appended get Quarto's heading and place.

local settings = pandoc.json.decode(os.getenv("DEBUGML_FILTER_SETTINGS"), false)

function Pandoc(doc)
  local last = doc.blocks[#doc.blocks]
  if not (last and last.t == "Div" and last.identifier == "refs") then return doc end
  if settings.placed_refs or #last.content == 0 then return doc end
  doc.blocks:remove(#doc.blocks)
  if settings.format == "revealjs" then
    doc.blocks:insert(pandoc.Header(2, "References", pandoc.Attr("references", { "smaller", "scrollable" })))
    doc.blocks:insert(last)
    return doc
  end
  doc.blocks:insert(pandoc.RawBlock("html",
    '<div id="quarto-appendix" class="default"><section class="quarto-appendix-contents" ' ..
    'role="doc-bibliography" id="quarto-bibliography"><h2 class="anchored quarto-appendix-heading">References</h2>'))
  doc.blocks:insert(last)
  doc.blocks:insert(pandoc.RawBlock("html", "</section></div>"))
  return doc
end

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
  -- Outside the last section: the template puts it at the page's end.
  doc.meta.appendix = pandoc.MetaBlocks({ last })
  return doc
end

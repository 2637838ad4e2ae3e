-- After citeproc: references that it appended to a page leave the last section;
-- the template has a place for them. On a deck they stay on the last slide, as
-- Quarto leaves them: write `::: {#refs}` on a slide of its own to place them.

local settings = pandoc.json.decode(os.getenv("DEBUGML_FILTER_SETTINGS"), false)

function Pandoc(doc)
  local last = doc.blocks[#doc.blocks]
  if not (last and last.t == "Div" and last.identifier == "refs") then return doc end
  if settings.format == "revealjs" or settings.placed_refs or #last.content == 0 then return doc end
  doc.blocks:remove(#doc.blocks)
  doc.meta.appendix = pandoc.MetaBlocks({ last })
  return doc
end

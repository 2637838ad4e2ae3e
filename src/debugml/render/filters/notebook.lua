-- A page's Markdown, as Jupyter shows it: no divs, no attributes, references as words.
-- Numbers are given as on the page: in document order, figures, tables and equations apart.

local names = { fig = "Figure", tbl = "Table", lst = "Listing", eq = "Equation" }
local boxes = { question = "Question", outcomes = "Outcomes", takeaway = "What to remember",
  ["callout-note"] = "Note", ["callout-tip"] = "Tip", ["callout-warning"] = "Warning",
  ["callout-caution"] = "Caution", ["callout-important"] = "Important" }
local spoken = { outcomes = true }   -- what opens with its own words needs no title
local entries, counts = {}, {}
-- Private characters frame what the caller looks for in the text.
local opening, closing = "\u{e000}", "\u{e001}"

local function mark(text) return pandoc.Para({ pandoc.Str(opening .. text .. closing) }) end

local function register(id)
  local kind = id:match("^(%a+)%-")
  if not names[kind] or entries[id] then return entries[id] end
  counts[kind] = (counts[kind] or 0) + 1
  entries[id] = { name = names[kind], number = tostring(counts[kind]) }
  return entries[id]
end

local function caption(entry, inlines)
  local said = pandoc.Inlines({ pandoc.Str(entry.name .. "\u{a0}" .. entry.number) })
  if #inlines > 0 then
    said:insert(pandoc.Str(":"))
    said:insert(pandoc.Space())
    said:extend(inlines)
  end
  return pandoc.Para({ pandoc.Emph(said) })
end

-- Numbers first: a reference may stand before what it refers to ---------------------

local function equation(inlines)
  local last = #inlines
  local id = last > 0 and inlines[last].t == "Str" and inlines[last].text:match("^{#(eq%-[%w_-]+)}$")
  if not id then return inlines end
  inlines:remove(last)
  while #inlines > 0 and inlines[#inlines].t ~= "Math" do inlines:remove(#inlines) end
  local math = inlines[#inlines]
  math.text = math.text:gsub("%s+$", "") .. " \\tag{" .. register(id).number .. "}\n"
  inlines[#inlines] = math
  return inlines
end

local number = {
  traverse = "topdown",
  Header = function(header)
    if header.identifier:match("^sec%-") then
      entries[header.identifier] = { words = header.content }
    end
  end,
  Div = function(div)
    local cell = div.attributes["notebook-cell"]
    if cell then
      local entry = register(div.identifier)
      local said = pandoc.utils.blocks_to_inlines(div.content)
      local blocks = pandoc.Blocks({ mark(cell) })
      if entry then blocks:insert(caption(entry, said))
      elseif #said > 0 then blocks:insert(pandoc.Para({ pandoc.Emph(said) })) end
      return blocks, false
    end
    register(div.identifier)
  end,
  Image = function(image) register(image.identifier) end,
  Figure = function(figure) register(figure.identifier) end,
  Table = function(element)
    local words = pandoc.utils.blocks_to_inlines(element.caption.long)
    local last = words[#words]
    local id = last and last.t == "Str" and last.text:match("^{#(tbl%-[%w_-]+)}$")
    if id then words:remove(#words) end
    local entry = register(id or element.identifier)
    element.caption.long = {}
    if #words == 0 and not entry then return nil end
    local below = entry and caption(entry, words) or pandoc.Para({ pandoc.Emph(words) })
    return pandoc.Blocks({ element, below }), false
  end,
  CodeBlock = function(block) register(block.identifier) end,
  Para = function(para) para.content = equation(para.content) return para end,
}

-- References to them ------------------------------------------------------------------

local refer = {
  Cite = function(cite)
    local said = pandoc.Inlines({})
    for at, one in ipairs(cite.citations) do
      local entry = entries[one.id]
      if not entry then return nil end
      if at > 1 then said:extend({ pandoc.Str(","), pandoc.Space() }) end
      if entry.words then
        said:insert(pandoc.Quoted("DoubleQuote", entry.words))
      else
        local before = #one.prefix > 0 and one.prefix or { pandoc.Str(entry.name) }
        if one.mode ~= "SuppressAuthor" then
          said:extend(before)
          said:insert(pandoc.Str("\u{a0}"))
        end
        said:insert(pandoc.Str(entry.number))
      end
    end
    return said
  end,
}

-- What Jupyter's Markdown has no words for ----------------------------------------------

local function leads_away(inlines)
  local found = false
  for _, one in ipairs(inlines) do
    if one.t == "Link" then
      local own = one.target:match("%.ipynb$")
      for _, class in ipairs(one.classes) do own = own or class:match("^to%-") end
      if not own then return false end
      found = true
    elseif one.t ~= "Space" and one.t ~= "SoftBreak" then
      return false
    end
  end
  return found
end

-- In a walk of its own: below, links have lost their targets before paragraphs are met.
local drop = { Para = function(para) if leads_away(para.content) then return {} end end }

local simplify = {
  Div = function(div)
    if div.classes:includes("content-hidden") then return {} end
    for class, title in pairs(boxes) do
      if div.classes:includes(class) then
        local blocks = div.content
        local given = div.attributes["title"] and { pandoc.Str(div.attributes["title"]) }
        if blocks[1] and blocks[1].t == "Header" then
          given = blocks[1].content
          blocks:remove(1)
        end
        if not spoken[class] then
          blocks:insert(1, pandoc.Para({ pandoc.Strong(given or { pandoc.Str(title) }) }))
        end
        return pandoc.BlockQuote(blocks)
      end
    end
    return div.content
  end,
  Span = function(span) return span.content end,
  Link = function(link)
    if link.target:match("^https?:") or link.target:match("^mailto:") then
      return pandoc.Link(link.content, link.target)
    end
    return link.content
  end,
  Image = function(image)
    if image.src:match("^https?:") then return pandoc.Image(image.caption, image.src) end
    return pandoc.Emph(image.caption)
  end,
  Figure = function(figure) return figure.content end,
  Code = function(code) return pandoc.Code(code.text) end,
  CodeBlock = function(block)
    local language = block.classes:includes("python") and { "python" } or {}
    return pandoc.CodeBlock(block.text, pandoc.Attr("", language))
  end,
  RawBlock = function() return {} end,
}

local function headings(blocks)
  local found = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == "Header" then
      found:insert(mark(""))
      block.attr = pandoc.Attr()
    end
    found:insert(block)
  end
  return found
end

function Pandoc(doc)
  doc = doc:walk(number):walk(refer)
  local placed = false
  doc:walk({ Div = function(div) placed = placed or div.identifier == "refs" end })
  if doc.meta.bibliography then
    local before = #doc.blocks
    doc = pandoc.utils.citeproc(doc)
    if not placed and #doc.blocks > before then
      doc.blocks:insert(#doc.blocks, pandoc.Header(2, { pandoc.Str("References") }))
    end
  end
  doc = doc:walk(drop):walk(simplify)
  doc.blocks = headings(doc.blocks)
  doc.meta = {}
  return doc
end

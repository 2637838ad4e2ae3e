-- Quarto's elements, written as Quarto writes them in HTML: floats and their
-- numbers, cross-references, callouts, tabsets, folded code, links between pages.
-- Runs before citeproc, so that @fig-x is never taken for a citation.

local settings = pandoc.json.decode(os.getenv("DEBUGML_FILTER_SETTINGS"), false)
local slides = settings.format == "revealjs"
local nbsp = "\u{a0}"

local kinds = {
  fig = { name = "Figure", top = false },
  tbl = { name = "Table", top = true },
  lst = { name = "Listing", top = true },
  eq = { name = "Equation" },
  sec = { name = "Section" },
}
local callouts = { note = "Note", tip = "Tip", warning = "Warning", caution = "Caution", important = "Important" }
local unsupported_prefixes = { thm = true, lem = true, cor = true, prp = true, cnj = true, def = true,
  exm = true, exr = true, sol = true, rem = true, alg = true, nte = true, wrn = true, imp = true, cau = true }

local entries = {}    -- id -> { kind, number }
local counts = { fig = 0, tbl = 0, lst = 0, eq = 0 }
local sections = { 0, 0, 0, 0, 0, 0, 0 }
local section_top = 6

-- Problems go to standard error, where the caller reads them: "debugml: WHAT: TOKEN".
local function problem(what, token)
  io.stderr:write("debugml-problem\t" .. what .. "\t" .. token .. "\n")
end

local function kind_of(id)
  local prefix = id:match("^(%a+)%-")
  if prefix and kinds[prefix:lower()] then return prefix:lower() end
  if prefix and unsupported_prefixes[prefix] then
    problem("the embedded engine does not number `" .. prefix .. "-` labels", id)
  end
  return nil
end

local function register(kind, id)
  if entries[id] then problem("label is used twice", id) end
  counts[kind] = counts[kind] + 1
  entries[id] = { kind = kind, number = tostring(counts[kind]) }
  return entries[id].number
end

local function escape(text)
  return (text:gsub("&", "&amp;"):gsub("<", "&lt;"):gsub(">", "&gt;"):gsub('"', "&quot;"))
end

local function raw(text) return pandoc.RawBlock("html", text) end

-- Paths ---------------------------------------------------------------------

local function split(path)
  local parts = pandoc.List()
  for part in path:gmatch("[^/]+") do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      parts:remove(#parts)
    elseif part ~= "." then
      parts:insert(part)
    end
  end
  return parts
end

-- From a path in the project to one relative to this page.
local function relative(path)
  local from, to = split(settings.folder), split(path)
  while #from > 0 and #to > 0 and from[1] == to[1] do from:remove(1); to:remove(1) end
  local result = pandoc.List()
  for _ = 1, #from do result:insert("..") end
  result:extend(to)
  return table.concat(result, "/")
end

local function target_of(target)
  if target == "" or target:match("^#") or target:match("^%a[%w+.-]*:") or target:match("^//") then
    return target
  end
  local path, rest = target:match("^([^#?]*)(.*)$")
  path = path:gsub("%.qmd$", ".html")
  if path:sub(1, 1) == "/" then path = relative(path) end
  return path .. rest
end

-- Floats ----------------------------------------------------------------------

local function caption_inlines(blocks)
  return pandoc.utils.blocks_to_inlines(blocks or {}, { pandoc.Space() })
end

local function float(kind, id, content, caption, classes)
  local top = kinds[kind].top
  local title = pandoc.Inlines({})
  local label = ""
  local caption_id = ""
  if id ~= "" then
    local number = register(kind, id)
    label = kinds[kind].name .. nbsp .. number
    caption_id = id .. "-caption"
    title:insert(pandoc.Str(label .. (#caption > 0 and ":" or "")))
    if #caption > 0 then title:insert(pandoc.Space()) end
  end
  title:extend(caption)
  local figcaption = pandoc.Blocks({})
  if #title > 0 then
    figcaption:insert(raw(string.format(
      '<figcaption class="quarto-float-caption-%s quarto-float-caption quarto-float-%s"%s>',
      top and "top" or "bottom", kind, caption_id ~= "" and (' id="' .. caption_id .. '"') or "")))
    figcaption:insert(pandoc.Plain(title))
    figcaption:insert(raw("</figcaption>"))
  end
  local attributes = caption_id ~= "" and { ["aria-describedby"] = caption_id } or {}
  local body = pandoc.Div(content, pandoc.Attr("", {}, attributes))
  local blocks = pandoc.Blocks({})
  blocks:insert(raw('<figure class="quarto-float quarto-float-' .. kind .. ' figure">'))
  if top then blocks:extend(figcaption) end
  blocks:insert(body)
  if not top then blocks:extend(figcaption) end
  blocks:insert(raw("</figure>"))
  local names = pandoc.List(classes or {})
  names:extend({ "quarto-float", "quarto-figure", "quarto-figure-center", "anchored" })
  return pandoc.Div(blocks, pandoc.Attr(id, names))
end

-- A caption is the last paragraph of the float's content.
local function take_caption(blocks)
  local last = blocks[#blocks]
  if #blocks > 1 and last.t == "Para" then
    blocks:remove(#blocks)
    return last.content
  end
  return pandoc.Inlines({})
end

local function alt_text(image)
  local alt = image.attributes["fig-alt"] or image.attributes["alt"]
  image.attributes["fig-alt"] = nil
  image.attributes["alt"] = nil
  if alt then
    image.caption = { pandoc.Str(alt) }
  elseif #image.caption == 0 then
    problem("image without alternative text", image.src)
  end
  image.src = target_of(image.src)
  if not image.classes:includes("img-fluid") then image.classes:insert("img-fluid") end
  return image
end

-- Code --------------------------------------------------------------------------

local function code_block(block)
  local attributes = block.attributes
  local fold, summary = attributes["code-fold"], attributes["code-summary"]
  local lines, caption = attributes["code-line-numbers"], attributes["lst-cap"]
  for _, name in ipairs({ "code-fold", "code-summary", "code-line-numbers", "lst-cap", "filename" }) do
    if name ~= "filename" then attributes[name] = nil end
  end
  if attributes["filename"] then
    problem("the embedded engine does not know the code attribute `filename`", attributes["filename"])
  end
  if #block.classes > 0 and block.classes[1]:match("^{") then
    problem("the embedded engine runs Python cells only", block.classes[1])
  end
  block.classes:insert("code-with-copy")
  if lines == "true" then
    block.classes:insert("numberLines")
  elseif lines and lines ~= "false" then
    if slides then
      attributes["data-code-line-numbers"] = lines
    else
      block.classes:insert("numberLines")
    end
  end
  local id = block.identifier
  local result = pandoc.Blocks({ block })
  if kind_of(id) == "lst" then
    block.identifier = ""
    local inlines = caption and caption_inlines(pandoc.read(caption, "markdown").blocks) or pandoc.Inlines({})
    result = pandoc.Blocks({ pandoc.Div({ float("lst", id, pandoc.Blocks({ block }), inlines) },
      pandoc.Attr("", { "listing" })) })
  end
  if fold and fold ~= "false" and not slides then
    result:insert(1, raw(string.format('<details class="code-fold"%s><summary>%s</summary>',
      fold == "show" and " open" or "", escape(summary or "Code"))))
    result:insert(raw("</details>"))
  end
  return result
end

-- Callouts and tabsets ------------------------------------------------------------

local function take_heading(div)
  local first = div.content[1]
  if first and first.t == "Header" then
    div.content:remove(1)
    return first.content
  end
  return nil
end

local walk_blocks

local function callout(div, kind)
  local title = take_heading(div)
  local given = div.attributes["title"]
  if given then title = caption_inlines(pandoc.read(given, "markdown").blocks) end
  local collapse = div.attributes["collapse"]
  local appearance = div.attributes["appearance"] or "default"
  if appearance == "minimal" then appearance = "simple" end
  local icon = div.attributes["icon"] ~= "false" and div.attributes["appearance"] ~= "minimal"
  local classes = string.format("callout callout-style-%s callout-%s%s%s", appearance, kind,
    (title or appearance == "default") and " callout-titled" or "", icon and "" or " no-icon")
  local folds = (collapse == "true" or collapse == "false") and not slides
  local blocks = pandoc.Blocks({})
  local id = div.identifier ~= "" and (' id="' .. div.identifier .. '"') or ""
  title = title or (appearance == "default" and pandoc.Inlines({ pandoc.Str(callouts[kind]) })) or nil
  blocks:insert(raw(string.format("<%s%s class=\"%s\"%s>", folds and "details" or "div", id, classes,
    (folds and collapse == "false") and " open" or "")))
  local header = folds and "summary" or "div"
  local icon_html = '<div class="callout-icon-container"><i class="callout-icon" aria-hidden="true"></i></div>'
  if title then
    blocks:insert(raw('<' .. header .. ' class="callout-header d-flex align-content-center">' .. icon_html ..
      '<div class="callout-title-container callout-title flex-fill">'))
    -- A reader who cannot see the colour hears what kind of callout it is.
    if pandoc.utils.stringify(title) ~= callouts[kind] then
      blocks:insert(raw('<span class="screen-reader-only">' .. callouts[kind] .. '</span>'))
    end
    blocks:insert(pandoc.Plain(title))
    blocks:insert(raw("</div></" .. header .. ">"))
    blocks:insert(raw('<div class="callout-body-container callout-body">'))
  else
    blocks:insert(raw('<div class="callout-body d-flex">' .. icon_html .. '<div class="callout-body-container">'))
  end
  blocks:extend(walk_blocks(div.content))
  blocks:insert(raw(title and "</div>" or "</div></div>"))
  blocks:insert(raw(folds and "</details>" or "</div>"))
  return blocks
end

local tabsets = 0

local function tabset(div)
  tabsets = tabsets + 1
  local number = tabsets
  local level
  local tabs = pandoc.List()
  for _, block in ipairs(div.content) do
    if block.t == "Header" and (level == nil or block.level == level) then
      level = block.level
      tabs:insert({ title = block.content, content = pandoc.Blocks({}) })
    elseif #tabs > 0 then
      tabs[#tabs].content:insert(block)
    end
  end
  if #tabs == 0 then problem("a panel-tabset without headings", "panel-tabset") end
  local blocks = pandoc.Blocks({ raw('<div class="panel-tabset"><ul class="nav nav-tabs" role="tablist">') })
  for index, tab in ipairs(tabs) do
    local id = "tabset-" .. number .. "-" .. index
    blocks:insert(raw(string.format('<li class="nav-item" role="presentation"><a class="nav-link%s" id="%s-tab" ' ..
      'role="tab" aria-controls="%s" aria-selected="%s" href="#%s"%s>', index == 1 and " active" or "", id, id,
      index == 1 and "true" or "false", id, index == 1 and "" or ' tabindex="-1"')))
    blocks:insert(pandoc.Plain(tab.title))
    blocks:insert(raw("</a></li>"))
  end
  blocks:insert(raw('</ul><div class="tab-content">'))
  for index, tab in ipairs(tabs) do
    local id = "tabset-" .. number .. "-" .. index
    blocks:insert(raw(string.format('<div id="%s" class="tab-pane%s" role="tabpanel" aria-labelledby="%s-tab">',
      id, index == 1 and " active" or "", id)))
    blocks:extend(walk_blocks(tab.content))
    blocks:insert(raw("</div>"))
  end
  blocks:insert(raw("</div></div>"))
  return blocks
end

-- Conditional content ---------------------------------------------------------------

local formats = slides and { html = true, revealjs = true } or { html = true, ["html:js"] = true }
local profiles = {}
for _, name in ipairs(settings.profiles) do profiles[name] = true end

local function visible(element)
  local attributes = element.attributes
  local holds = true
  for key, value in pairs(attributes) do
    if key == "when-format" then holds = holds and formats[value] == true
    elseif key == "unless-format" then holds = holds and not formats[value]
    elseif key == "when-profile" then holds = holds and profiles[value] == true
    elseif key == "unless-profile" then holds = holds and not profiles[value]
    elseif key:match("^when%-") or key:match("^unless%-") then
      problem("the embedded engine does not know the condition `" .. key .. "`", key)
    end
  end
  if element.classes:includes("content-hidden") then
    local conditional = false
    for key in pairs(attributes) do
      if key:match("^when%-") or key:match("^unless%-") then conditional = true end
    end
    return conditional and not holds
  end
  return holds
end

-- The walk, top-down and in document order so that numbers follow the reader ------------

local function div_element(div)
  if div.classes:includes("content-visible") or div.classes:includes("content-hidden") then
    if not visible(div) then return {} end
    return walk_blocks(div.content)
  end
  for key in pairs(div.attributes) do
    if key:match("^layout") then
      problem("the embedded engine does not know `" .. key .. "`", key)
    end
  end
  for _, class in ipairs(div.classes) do
    local kind = class:match("^callout%-(%a+)$")
    if kind and callouts[kind] then return callout(div, kind) end
    if class == "panel-tabset" then return tabset(div) end
  end
  local kind = kind_of(div.identifier)
  if kind == "fig" or kind == "tbl" or kind == "lst" or div.classes:includes("quarto-uncaptioned") then
    kind = kind or div.attributes["float"]
    local caption = take_caption(div.content)
    local id = div.identifier
    -- The float's caption is the div's: an image inside is no figure of its own.
    local content = pandoc.Blocks({})
    for _, block in ipairs(div.content) do
      if block.t == "Figure" and block.identifier == "" then
        content:extend(block.content)
        if #caption == 0 then caption = caption_inlines(block.caption.long) end
      elseif block.t == "Table" and #caption == 0 and #block.caption.long > 0 then
        caption = caption_inlines(block.caption.long)
        block.caption.long = {}
        content:insert(block)
      else
        content:insert(block)
      end
    end
    local classes = div.classes:filter(function(name) return name ~= "quarto-uncaptioned" end)
    -- The number is taken before the content's own floats take theirs.
    local result = float(kind, id, content, caption, classes)
    result.content = walk_blocks(result.content)
    return result
  end
  div.attributes["float"] = nil
  div.content = walk_blocks(div.content)
  return div
end

local function figure_element(figure)
  local id = figure.identifier
  local image = figure.content[1] and figure.content[1].content and figure.content[1].content[1]
  local caption = caption_inlines(figure.caption.long)
  -- Where a figure has a caption, the image needs a text of its own.
  if image and image.t == "Image" then
    if not (image.attributes["fig-alt"] or image.attributes["alt"]) then
      image.caption = {}
    end
    if id == "" and kind_of(image.identifier) == "fig" then
      id = image.identifier
      image.identifier = ""
    end
    image.classes:insert("figure-img")
  end
  local content = pandoc.Blocks({})
  for _, block in ipairs(figure.content) do
    content:insert(block.t == "Plain" and pandoc.Para(block.content) or block)
  end
  if kind_of(id) == "fig" then return float("fig", id, content, caption) end
  local blocks = pandoc.Blocks({ raw('<figure class="figure">') })
  blocks:extend(content)
  blocks:insert(raw("<figcaption>"))
  blocks:insert(pandoc.Plain(caption))
  blocks:insert(raw("</figcaption></figure>"))
  return pandoc.Div(blocks, pandoc.Attr(id, { "quarto-figure", "quarto-figure-center" }))
end

local function table_element(element)
  local id = element.identifier
  local caption = caption_inlines(element.caption.long)
  local last = caption[#caption]
  if id == "" and last and last.t == "Str" then
    local found = last.text:match("^{#(tbl%-[%w_-]+)}$")
    if found then
      id = found
      caption:remove(#caption)
      while #caption > 0 and caption[#caption].t == "Space" do caption:remove(#caption) end
    end
  end
  -- Quarto's own tables are Bootstrap's; the theme styles the same classes.
  for _, class in ipairs({ "caption-top", "table" }) do element.classes:insert(class) end
  if kind_of(id) == "tbl" then
    element.identifier = ""
    element.caption.long = {}
    return float("tbl", id, pandoc.Blocks({ element }), caption)
  end
  return element
end

local function equation(inlines)
  local result = pandoc.Inlines({})
  local index = 1
  while index <= #inlines do
    local item = inlines[index]
    local step = 1
    if item.t == "Math" and item.mathtype == "DisplayMath" then
      local next_one = inlines[index + 1]
      local after = inlines[index + 2]
      local id = next_one and next_one.t == "Space" and after and after.t == "Str"
        and after.text:match("^{#(eq%-[%w_-]+)}")
      if id then
        local number = register("eq", id)
        item.text = item.text .. "\\qquad(" .. number .. ")"
        item = pandoc.Span({ item }, pandoc.Attr(id))
        step = 3
      end
    end
    result:insert(item)
    index = index + step
  end
  return result
end

local function header_element(header)
  if slides and header.level == 1 then header.classes:insert("center") end
  if header.classes:includes("unnumbered") then return header end
  local level = math.min(header.level, 7)
  for deeper = level + 1, 7 do sections[deeper] = 0 end
  sections[level] = sections[level] + 1
  if kind_of(header.identifier) == "sec" then
    if entries[header.identifier] then problem("label is used twice", header.identifier) end
    local parts = pandoc.List()
    for depth = section_top, level do parts:insert(tostring(sections[depth])) end
    entries[header.identifier] = { kind = "sec", number = table.concat(parts, ".") }
  end
  if settings.number_sections then
    local parts = pandoc.List()
    for depth = section_top, level do parts:insert(tostring(sections[depth])) end
    header.content:insert(1, pandoc.Space())
    header.content:insert(1, pandoc.Span({ pandoc.Str(table.concat(parts, ".")) },
      pandoc.Attr("", { "header-section-number" })))
  end
  return header
end

local block_filter = {
  traverse = "topdown",
  Div = function(div) return div_element(div), false end,
  Figure = function(figure) return figure_element(figure) end,
  Table = function(element)
    if element.classes:includes("table") then return nil end
    return table_element(element)
  end,
  CodeBlock = function(block)
    if block.classes:includes("code-with-copy") or block.classes:includes("raw") then return nil end
    if #block.classes == 0 then return nil end
    return code_block(block), false
  end,
  Header = function(header) return header_element(header) end,
  Para = function(para) para.content = equation(para.content); return para end,
  Plain = function(plain) plain.content = equation(plain.content); return plain end,
}

walk_blocks = function(blocks) return pandoc.Blocks(blocks):walk(block_filter) end

-- Inlines ------------------------------------------------------------------------------

local function reference(cite)
  local result = pandoc.Inlines({})
  local found = false
  for index, one in ipairs(cite.citations) do
    local prefix = one.id:match("^(%a+)%-")
    local kind = prefix and kinds[prefix:lower()] and prefix:lower()
    if kind then
      found = true
      local id = one.id:sub(1, 1):lower() .. one.id:sub(2)
      local entry = entries[id]
      if index > 1 then result:extend({ pandoc.Str(","), pandoc.Space() }) end
      if entry == nil then
        problem("unresolved cross-reference", "@" .. one.id)
      else
        local content = pandoc.Inlines({})
        if #one.prefix > 0 then
          content:extend(one.prefix)
          content:insert(pandoc.Str(nbsp .. entry.number))
        elseif one.mode ~= "SuppressAuthor" then
          content:insert(pandoc.Str(kinds[kind].name .. nbsp .. entry.number))
        else
          content:insert(pandoc.Str(entry.number))
        end
        result:insert(pandoc.Link(content, "#" .. id, "", pandoc.Attr("", { "quarto-xref" })))
        result:extend(one.suffix)
      end
    end
  end
  if found then return result end
  if not settings.citations then
    for _, one in ipairs(cite.citations) do
      problem("citation without a bibliography", "@" .. one.id)
    end
  end
  return nil
end

local inline_filter = {
  Cite = reference,
  Link = function(link) link.target = target_of(link.target); return link end,
  Image = alt_text,
  Span = function(span)
    if span.classes:includes("content-visible") or span.classes:includes("content-hidden") then
      return visible(span) and span.content or {}
    end
    if span.classes:includes("aside") then
      span.classes:insert("column-margin")
      span.classes:insert("margin-aside")
      return span
    end
  end,
  Header = function(header)
    for _, key in ipairs({ "background-image", "background-video" }) do
      if header.attributes[key] then header.attributes[key] = target_of(header.attributes[key]) end
    end
    if slides then
      -- Quarto writes `background-color=` for reveal's `data-background-color`.
      local attributes = {}
      for key, value in pairs(header.attributes) do
        if key:match("^background") or key:match("^transition") or key:match("^auto%-animate")
          or key == "visibility" or key == "state" then key = "data-" .. key end
        attributes[key] = value
      end
      header.attributes = attributes
    end
    return header
  end,
}

function Pandoc(doc)
  doc:walk({ Header = function(header)
    if not header.classes:includes("unnumbered") then
      section_top = math.min(section_top, header.level)
    end
  end })
  doc.blocks = walk_blocks(doc.blocks)
  return doc:walk(inline_filter)
end

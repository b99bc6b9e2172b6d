-- Runs the plugin's one function beside stand-ins for what Kong gives it, and prints what it did, a line each. The question is on standard
-- input as lines of a name, a tab and a value: uri, upstream, method, header NAME, status, answer NAME, fail.
local given = { headers = {}, answer = {} }
for line in io.lines() do
  local name, value = string.match(line, "^([^\t]*)\t(.*)$")
  local kind, header = string.match(name, "^(%a+) (.*)$")
  if kind then
    local list = kind == "header" and given.headers or given.answer
    local before = list[header]
    if before == nil then
      list[header] = value
    else
      list[header] = { before, value }
    end
  else
    given[name] = value
  end
end

local function say(...) print(table.concat({ ... }, " ")) end
local function flat(value)
  if type(value) ~= "table" then
    return tostring(value)
  end
  local list = { unpack(value) }
  table.sort(list)
  return table.concat(list, "+")
end
local done = {}

ngx = {
  -- As Kong has it where a client asks for a WebSocket.
  var = { request_uri = given.uri, upstream_uri = given.upstream, upstream_connection = "keep-alive, Upgrade", upstream_upgrade = "websocket" },
  req = {
    get_headers = function(_, raw)
      assert(raw, "names as they were sent")
      return given.headers, given.truncated
    end,
    get_method = function() return given.method end,
  },
}
kong = {
  log = { err = function() end },
  client = { get_forwarded_ip = function() return "203.0.113.9" end },
  response = { exit = function(status, _, headers)
    say("exit", tostring(status), headers and flat(headers["WWW-Authenticate"]) or "")
    error(done)
  end },
  service = { request = {
    clear_header = function(name) say("clear", name) end,
    set_header = function(name, value) say("set", name, value) end,
  } },
}
package.loaded["resty.http"] = { new = function()
  return {
    set_timeouts = function(_, connect, _, read) say("timeouts", connect, read) end,
    request_uri = function(_, url, question)
      say("ask", question.method, url)
      -- lua-resty-http keeps a name once, in whatever letters: of two the last one wins.
      local written, named = {}, {}
      for name, value in pairs(question.headers) do
        local plain = string.lower((string.gsub(name, "_", "-")))
        named[plain] = named[plain] or name
        written[named[plain]] = value
      end
      for name, value in pairs(written) do
        say("with", name, flat(value))
      end
      if given.fail then
        return nil, given.fail
      end
      return { status = tonumber(given.status), headers = given.answer, body = "{}" }
    end,
  }
end }

local plugin = dofile(arg[1])
local ok, failure = pcall(plugin.access, plugin, { url = "http://steelgate/v1/forward-auth", connect_timeout = 1000, read_timeout = 2000 })
if ok then
  say("pass")
  say("upstream", ngx.var.upstream_connection, ngx.var.upstream_upgrade)
elseif failure ~= done then
  error(failure)
end

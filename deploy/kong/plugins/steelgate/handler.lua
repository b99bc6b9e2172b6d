-- Asks steelgate about each request, and lets through what it allows. Nothing else ever passes.
local http = require "resty.http"

local steelgate = {
  VERSION = "1.0.0",
  -- After every plugin that might make another request of the client's.
  PRIORITY = 1,
}

local identity = {
  "X-Steelgate-Key-Id", "X-Steelgate-Key-Type", "X-Steelgate-Billed-To", "X-Steelgate-Permission", "X-Steelgate-Decision-Id",
}

-- By these a client could have its request taken for another, or the connection become one on which nobody judges. Kong takes off a
-- request what "Connection" names, and does so after its plugins: the headers that are set below would go, too.
local rerouting = {
  ["x-http-method"] = true, ["x-http-method-override"] = true, ["x-method-override"] = true, ["x-original-url"] = true,
  ["x-original-uri"] = true, ["x-original-method"] = true, ["x-rewrite-url"] = true, ["x-forwarded-uri"] = true,
  ["x-forwarded-method"] = true, ["forwarded"] = true, ["connection"] = true, ["upgrade"] = true, ["http2-settings"] = true,
}

local function refuse(status, code)
  return kong.response.exit(status, { error = { code = code, message = "The request was not let through." } })
end

-- Headers as some servers read them, which make no difference between "_" and "-".
local function plain_name(name)
  return (string.gsub(string.lower(name), "_", "-"))
end

function steelgate:access(config)
  -- The URI that is judged is the one that is passed on: where Kong has cleaned it, they are two.
  local uri = ngx.var.request_uri
  if ngx.var.upstream_uri ~= string.match(uri, "^[^?]*") then
    return refuse(403, "no_route")
  end

  -- Names as they were sent: "X-API-Key" and "x-api-key" are two headers here.
  local sent, truncated = ngx.req.get_headers(200, true)
  if truncated then
    return refuse(431, "too_many_headers")
  end
  local question = {}
  -- resty.http would make one of two names that differ in their letters alone: it is given one name, and all its values.
  local function present(name, value)
    local values = question[name] or {}
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      values[#values + 1] = one
    end
    question[name] = values
  end
  for name, value in pairs(sent) do
    local plain = plain_name(name)
    local is_key = plain == "x-api-key" or plain == "authorization"
    if is_key then
      if string.find(name, "_", 1, true) then
        return refuse(403, "no_route")
      end
      present(plain == "authorization" and "Authorization" or "X-API-Key", value)
    end
    if is_key or rerouting[plain] or string.sub(plain, 1, 12) == "x-steelgate-" then
      kong.service.request.clear_header(name)
    end
  end
  question["X-Forwarded-Method"] = ngx.req.get_method()
  question["X-Forwarded-Uri"] = uri
  question["X-Forwarded-For"] = kong.client.get_forwarded_ip()

  -- Kong has looked at "Upgrade" before its plugins, and would open a WebSocket.
  ngx.var.upstream_connection, ngx.var.upstream_upgrade = "keep-alive", ""

  local client = http.new()
  client:set_timeouts(config.connect_timeout, config.connect_timeout, config.read_timeout)
  local answer, failure = client:request_uri(config.url, {
    method = "GET", headers = question, keepalive_timeout = 60000, keepalive_pool = 32,
  })
  if not answer then
    kong.log.err("steelgate does not answer: ", failure)
    return refuse(503, "unavailable")
  end
  if answer.status == 401 or answer.status == 403 then
    return kong.response.exit(answer.status, answer.body, {
      ["Content-Type"] = "application/json; charset=utf-8",
      ["Cache-Control"] = "no-store",
      ["WWW-Authenticate"] = answer.headers["WWW-Authenticate"],
    })
  end
  -- What is no answer of steelgate's is no yes.
  if answer.status ~= 200 or not answer.headers["X-Steelgate-Decision-Id"] then
    return refuse(503, "unavailable")
  end
  for _, name in ipairs(identity) do
    local value = answer.headers[name]
    if type(value) == "string" and value ~= "" then
      kong.service.request.set_header(name, value)
    end
  end
end

return steelgate

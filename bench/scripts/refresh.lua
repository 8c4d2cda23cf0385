-- Refresh tokens, one of each connection: the new token of every answer joins the end of the queue. So each request
-- carries the newest token of its connection, and no two requests in flight share one.

require "common"

local PREFIX = "grant_type=refresh_token&refresh_token="
local queue, first, last = {}, 1, 0
local heads, length = {}, 0

-- A refresh token begins with its family's number, which stays through all generations.
local function family_of(token) return token:sub(1, 23) end

function init(arguments)
   for _, line in ipairs(lines_of(arguments)) do
      local token = line:match(PREFIX .. "(.*)$")
      -- All tokens are of one length: what stands before the body is made once for each family.
      local whole = request_of(line)
      heads[family_of(token)], length = whole:sub(1, #whole - #PREFIX - #token), #token
      last = last + 1
      queue[last] = token
   end
end

function request()
   local token = queue[first]
   if token == nil then
      give_up("more requests in flight than connections")
      return wrk.format()
   end
   queue[first] = nil
   first = first + 1
   return heads[family_of(token)] .. PREFIX .. token
end

function response(status, headers, body)
   local token = body:match('"refresh_token":"([^"]+)"')
   if status ~= 200 or token == nil or #token ~= length then return give_up(status .. " " .. body) end
   last = last + 1
   queue[last] = token
end

-- Refresh tokens, one of each connection: the new token of every answer joins the end of the queue. So each request
-- carries the newest token of its connection, and no two requests in flight share one.

require "common"

local PREFIX = "grant_type=refresh_token&refresh_token="
local queue, first, last = {}, 1, 0
local authorization_of = {}

-- A refresh token begins with its family's number, which stays through all generations.
local function family_of(token) return token:sub(1, 23) end

function init(arguments)
   for _, line in ipairs(lines_of(arguments)) do
      local authorization, token = line:match("^([^\t]*)\t" .. PREFIX .. "(.*)$")
      authorization_of[family_of(token)] = authorization
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
   return request_of(authorization_of[family_of(token)] .. "\t" .. PREFIX .. token)
end

function response(status, headers, body)
   local token = body:match('"refresh_token":"([^"]+)"')
   if status ~= 200 or token == nil then return give_up(status .. " " .. body) end
   last = last + 1
   queue[last] = token
end

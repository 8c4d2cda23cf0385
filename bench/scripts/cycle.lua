-- The supplies in turn, and again from the beginning: calls with live tokens.

require "common"

local requests, at = {}, 0

function init(arguments)
   for index, line in ipairs(lines_of(arguments)) do requests[index] = request_of(line) end
end

function request()
   at = at % #requests + 1
   return requests[at]
end

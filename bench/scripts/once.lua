-- Each line of the supplies once: authorization codes.

require "common"

local requests, at = {}, 0

function init(arguments)
   for index, line in ipairs(lines_of(arguments)) do requests[index] = request_of(line) end
end

function request()
   if at == #requests then
      give_up("the supplies ran out")
   else
      at = at + 1
   end
   return requests[at]
end

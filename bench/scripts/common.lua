-- What every script shares: its part of the supplies, the requests made of them, and the figures at the end.
-- A line of supplies is an Authorization header and, after a tab, the body of a POST; without one it is a GET.

local threads = {}
trouble = ""

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

-- arguments: the number of threads and the file; thread k of n takes each line of which the number is k modulo n.
function lines_of(arguments)
   local count, mine, at = tonumber(arguments[1]), {}, 0
   for line in io.lines(arguments[2]) do
      if at % count == number then mine[#mine + 1] = line end
      at = at + 1
   end
   return mine
end

function request_of(line)
   local authorization, body = line:match("^([^\t]*)\t?(.*)$")
   local headers = {["Authorization"] = authorization}
   if body == "" then return wrk.format("GET", nil, headers) end
   headers["Content-Type"] = "application/x-www-form-urlencoded"
   return wrk.format("POST", nil, headers, body)
end

-- Ends the run and fails it: its figures would lie.
function give_up(why)
   if trouble == "" then trouble = why end
   wrk.thread:stop()
end

function done(summary, latency)
   local errors, found = summary.errors, ""
   for _, thread in ipairs(threads) do
      if thread:get("trouble") ~= "" then found = thread:get("trouble") end
   end
   io.write(string.format(
      'figures {"requests": %d, "seconds": %.6f, "failed": %d, "trouble": "%s", "p50": %.3f, "p99": %.3f}\n',
      summary.requests, summary.duration / 1e6,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      found:gsub('[\\"%c]', " "):sub(1, 300),
      latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end

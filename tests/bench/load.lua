-- wrk's requests: each with the token of $BENCH_TOKEN; prints one JSON line with the figures.
-- With one thread for each connection ("-tN -cN") `clients` counts the answers of each client.
-- $BENCH_PAUSE_MS between an answer and the next request of a connection: a load below what the machine can do.
local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(args)
   answers = 0
   wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
   local pause_ms = tonumber(os.getenv("BENCH_PAUSE_MS"))
   if pause_ms then
      delay = function() return math.random(pause_ms / 2, pause_ms * 3 / 2) end
   end
   if os.getenv("BENCH_CLIENTS") then
      response = function() answers = answers + 1 end
   end
end

function done(summary, latency, requests)
   local clients = {}
   for _, thread in ipairs(threads) do
      table.insert(clients, thread:get("answers"))
   end
   local failed = summary.errors.connect + summary.errors.read + summary.errors.write
                  + summary.errors.timeout + summary.errors.status
   io.write(string.format(
      'JSON {"requests":%d,"seconds":%.6f,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f,"clients":[%s]}\n',
      summary.requests, summary.duration / 1e6, failed, latency:percentile(50) / 1000,
      latency:percentile(99) / 1000, table.concat(clients, ",")))
end

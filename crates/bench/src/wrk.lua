-- What `cargo xtask bench` gives to wrk: `wrk -s wrk.lua URL -- METHOD [body FILE | lines FILE]`.
-- A body is the same for every request; of lines, each request sends one, and none is sent twice.

local lines, next_line = nil, 1
exhausted = 0

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function send_next_line()
  local line = lines[next_line]
  if line then
    next_line = next_line + 1
  else
    exhausted = 1
    wrk.thread:stop()
    line = lines[#lines]
  end
  return wrk.format(nil, nil, nil, line)
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  wrk.method = args[1]
  if args[2] == "body" then
    wrk.body = read(args[3])
  elseif args[2] == "lines" then
    lines = {}
    for line in read(args[3]):gmatch("[^\n]+") do
      lines[#lines + 1] = line
    end
    request = send_next_line
  end
end

-- requests, microseconds, p50 and p99 in microseconds, errors, whether the lines ran out
function done(summary, latency, requests)
  local errors = summary.errors
  local ran_out = 0
  for _, thread in ipairs(threads) do
    ran_out = math.max(ran_out, thread:get("exhausted"))
  end
  print(string.format("bench %d %d %d %d %d %d", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, ran_out))
end

using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Bus.Redis;

/// <summary>What must happen in one step on the server. Redis knows a script by the SHA-1 of its text: https://redis.io/docs/latest/commands/evalsha/</summary>
internal sealed class RedisScript(string text)
{
    // The server's own clock, in ms: the clocks of the hub's machines differ.
    private const string Clock = """
        local clock = redis.call('TIME')
        local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

        """;

    public string Text { get; } = text;

#pragma warning disable CA5350 // the name Redis gives the script, not a protection
    public string Sha { get; } = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350

    /// <summary>
    /// KEYS topic, epoch. ARGV cursor (exclusive; '$' for none), count, epoch to begin where there is none.
    /// Answers epoch, entries ever added, entries kept, first id kept, last id given, entries after the cursor.
    /// </summary>
    /// <remarks>It writes only where it must: a server that is full or lost its replicas can still be read.</remarks>
    public static RedisScript Read { get; } = new("""
        local epoch = redis.call('GET', KEYS[2])
        if not epoch then redis.call('SET', KEYS[2], ARGV[3]) epoch = ARGV[3] end
        if redis.call('EXISTS', KEYS[1]) == 0 then return {epoch, 0, 0, '0-0', '0-0', {}} end
        local info = redis.call('XINFO', 'STREAM', KEYS[1])
        local fact = {}
        for i = 1, #info, 2 do fact[info[i]] = info[i + 1] end
        local first = fact['first-entry'] and fact['first-entry'][1] or fact['last-generated-id']
        local entries = {}
        if ARGV[1] ~= '$' then entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]) end
        return {epoch, fact['entries-added'], fact['length'], first, fact['last-generated-id'], entries}
        """);

    /// <summary>
    /// KEYS topic, retries. ARGV group, consumer, idle in ms after which an entry's consumer is dead.
    /// Answers id, fields, deliveries; or only in how many ms the next retry is due, -1 for none.
    /// </summary>
    /// <remarks>
    /// What a dead consumer left joins the retries, due at once. What waits for its retry is idle too; claiming it changes only its owner.
    /// </remarks>
    public static RedisScript Take { get; } = new(Clock + """
        local left = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], '0-0', 'COUNT', 32, 'JUSTID')
        for _, id in ipairs(left[2]) do redis.call('ZADD', KEYS[2], 'NX', now, id) end
        while true do
          local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1)[1]
          if not due then break end
          redis.call('ZREM', KEYS[2], due)
          local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, due)
          if claimed[1] then
            local pending = redis.call('XPENDING', KEYS[1], ARGV[1], due, due, 1)
            return {due, claimed[1][2], pending[1][4]}
          end
        end
        local fresh = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', 1, 'STREAMS', KEYS[1], '>')
        if fresh then return {fresh[1][2][1][1], fresh[1][2][1][2], 1} end
        local next = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
        if not next[2] then return {-1} end
        return {math.max(0, tonumber(next[2]) - now)}
        """);

    /// <summary>KEYS topic, retries. ARGV group, consumer, id, ms until the next delivery, deliveries that count, wake channel.</summary>
    public static RedisScript Postpone { get; } = new(Clock + """
        redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'RETRYCOUNT', ARGV[5], 'JUSTID')
        redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]), ARGV[3])
        redis.call('PUBLISH', ARGV[6], KEYS[1])
        """);

    /// <summary>KEYS topic, retries, dead, dead order, dead topics. ARGV group, id, field, letter, time in ms, letters to keep.</summary>
    public static RedisScript Bury { get; } = new("""
        redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
        redis.call('ZREM', KEYS[2], ARGV[2])
        redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
        redis.call('ZADD', KEYS[4], ARGV[5], ARGV[3])
        redis.call('SADD', KEYS[5], KEYS[1])
        local over = redis.call('ZCARD', KEYS[4]) - tonumber(ARGV[6])
        for _ = 1, over do redis.call('HDEL', KEYS[3], redis.call('ZPOPMIN', KEYS[4])[1]) end
        """);

    /// <summary>KEYS topic, dead, dead order, dead topics. ARGV field, message id, payload, wake channel. Answers 1, or 0 when there is no such letter.</summary>
    public static RedisScript Replay { get; } = new("""
        if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
        redis.call('ZREM', KEYS[3], ARGV[1])
        if redis.call('HLEN', KEYS[2]) == 0 then redis.call('SREM', KEYS[4], KEYS[1]) end
        redis.call('XADD', KEYS[1], '*', 'id', ARGV[2], 'payload', ARGV[3])
        redis.call('PUBLISH', ARGV[4], KEYS[1])
        return 1
        """);

    /// <summary>KEYS topic. ARGV group, consumer. Forgets a consumer that owes nothing; with something open it must stay, or that would be lost.</summary>
    public static RedisScript Leave { get; } = new("""
        if redis.call('EXISTS', KEYS[1]) == 0 then return end
        for _, info in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
          local fact = {}
          for i = 1, #info, 2 do fact[info[i]] = info[i + 1] end
          local wanted = fact['name'] == ARGV[2] or (ARGV[2] == '' and fact['idle'] > tonumber(ARGV[3]))
          if wanted and fact['pending'] == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fact['name']) end
        end
        """);

    /// <summary>KEYS topic. ARGV the oldest age to keep, in ms. Removes what is older, but nothing that a group has not done.</summary>
    public static RedisScript Trim { get; } = new(Clock + """
        if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        local function parts(id) local ms, seq = string.match(id, '^(%d+)-(%d+)$') return tonumber(ms), tonumber(seq) end
        local ms, seq = now - tonumber(ARGV[1]), 0
        local function atmost(id)
          local m, s = parts(id)
          if m < ms or (m == ms and s < seq) then ms, seq = m, s end
        end
        for _, info in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
          local fact = {}
          for i = 1, #info, 2 do fact[info[i]] = info[i + 1] end
          atmost(fact['last-delivered-id'])
          local open = redis.call('XPENDING', KEYS[1], fact['name'])
          if open[1] > 0 then atmost(open[2]) end
        end
        return redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f-%.0f', ms, seq))
        """);
}

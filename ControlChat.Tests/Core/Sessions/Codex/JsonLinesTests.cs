using System.Text;
using ControlChat.Core.Sessions.Codex;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

public sealed class JsonLinesTests
{
    private const string Mixed = "{\"a\":1}\r\n\n  \n{\"b\":\"\u00e9\u20ac\"}{\"c\":[1,{\"d\":null}]}\nno json\n{\"half\":\n{\"e\":true}\n{\n  \"f\": [\n    {\"g\": 1},\n    2\n  ],\n  \"h\"\n: 3\n}\n[1]\n17\n{\"last\":0}";

    private static readonly string[] _mixed =
        ["{\"a\":1}", "{\"b\":\"\u00e9\u20ac\"}", "{\"c\":[1,{\"d\":null}]}", "!a line that is no JSON", "!an object that breaks off", "{\"e\":true}", "{\"f\":[{\"g\":1},2],\"h\":3}", "!a line that is no object", "!a line that is no object", "{\"last\":0}"];

    [Fact]
    public async Task However_the_bytes_come_the_objects_are_the_same()
    {
        for (var chunk = 1; chunk <= Mixed.Length; chunk++) Assert.Equal(_mixed, (await ReadAsync(Encoding.UTF8.GetBytes(Mixed), chunk: chunk)).Select(Show));
    }

    [Fact]
    public async Task A_half_line_at_the_end_is_told_of()
    {
        Assert.Equal(["{\"a\":1}", "!an object that breaks off at the end"], (await ReadAsync("{\"a\":1}\n{\"b\":"u8.ToArray())).Select(Show));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_mended_and_the_object_is_kept()
    {
        byte[] line = [.. "{\"a\":\"x"u8, 0xff, 0xc3, .. "y\"}\n{\"b\":1}\n"u8];
        Assert.Equal(["{\"a\":\"x\ufffd\ufffdy\"}", "{\"b\":1}"], (await ReadAsync(line)).Select(Show));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    [InlineData(5000, false)]
    [InlineData(200_000, false)]
    public async Task A_line_over_the_bound_is_skipped_to_its_end(int length, bool read)
    {
        var line = "{\"a\":\"" + new string('x', length - 8) + "\"}";
        foreach (var chunk in new[] { 7, 100, 101, 65536 })
        {
            var found = await ReadAsync(Encoding.UTF8.GetBytes($"{{\"b\":1}}\n{line}\n{{\"c\":1}}\n"), most: 100, chunk);
            Assert.Equal(["{\"b\":1}", read ? line : $"!a line of {length} bytes, more than 100", "{\"c\":1}"], found.Select(Show));
        }
    }

    [Fact]
    public async Task A_long_line_without_an_end_is_told_of_once()
    {
        var found = await ReadAsync(Encoding.UTF8.GetBytes(new string('x', 1000)), most: 100);
        Assert.Equal(["!a line of 1000 bytes, more than 100"], found.Select(Show));
    }

    [Fact]
    public async Task An_object_over_lines_without_end_is_given_up()
    {
        var text = new StringBuilder("{\"a\":[\n");
        for (var i = 0; i < 20_000; i++) text.Append(" \"").Append('x', 60).Append("\",\n");
        text.Append("{\"b\":1}\n");
        var found = await ReadAsync(Encoding.UTF8.GetBytes(text.ToString()));
        Assert.Equal("!an object over lines without end", Show(found[0]));
        Assert.Equal("{\"b\":1}", Show(found[^1]));
        Assert.True(found.Max(f => f.Bytes) < 2 * 1024 * 1024);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Ten_thousand_spoilt_lines_harm_nothing(int seed)
    {
        var random = new Random(seed);
        var samples = Recording.AppServer.SelectMany(n => Recording.Of(n)).Where(l => !l.IsOurs).Select(l => Encoding.UTF8.GetBytes(l.Message.ToJsonString())).Where(b => b.Length < 4000).ToArray();
        using var all = new MemoryStream();
        for (var i = 0; i < 10_000; i++)
        {
            all.Write(Spoil(samples[random.Next(samples.Length)], random));
            all.WriteByte((byte)'\n');
        }
        all.Write("\n{\"end\":1}\n"u8);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var found = await ReadAsync(all.ToArray(), chunk: 8192, keep: 50);
        Assert.Equal("{\"end\":1}", Show(found[^1]));
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 40 * 1024 * 1024);
    }

    /// <summary>What a broken pipe, a mad agent or a hostile one could make of a line.</summary>
    internal static byte[] Spoil(byte[] line, Random random)
    {
        var spoilt = line.ToArray();
        switch (random.Next(8))
        {
            case 0: return spoilt[..random.Next(spoilt.Length)];
            case 1: return spoilt[random.Next(spoilt.Length)..];
            case 2: return [.. spoilt, .. spoilt];
            case 3: return Encoding.UTF8.GetBytes(new string('[', random.Next(1, 200)));
            case 4: return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(spoilt).Replace("\"id\"", "\"\\ud800\"", StringComparison.Ordinal));
            case 5: return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(spoilt).Replace("\"params\":{", random.Next(2) == 0 ? "\"params\":[{" : "\"params\":{\"item\":7,\"turn\":[],", StringComparison.Ordinal));
        }
        for (var i = random.Next(1, 6); i > 0; i--) spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
        return spoilt;
    }

    private static async Task<List<JsonLine>> ReadAsync(byte[] bytes, int most = JsonLines.MostBytes, int chunk = int.MaxValue, int keep = int.MaxValue)
    {
        var at = 0;
        ReadBytes source = (buffer, _) =>
        {
            var count = Math.Min(Math.Min(chunk, buffer.Length), bytes.Length - at);
            bytes.AsMemory(at, count).CopyTo(buffer);
            at += count;
            return ValueTask.FromResult(count);
        };
        List<JsonLine> found = [];
        await foreach (var line in JsonLines.ReadAsync(source, CancellationToken.None, most))
        {
            found.Add(line);
            if (found.Count > keep) found.RemoveAt(0);
        }
        return found;
    }

    private static string Show(JsonLine line) => line switch
    {
        JsonLine.Value value => System.Text.RegularExpressions.Regex.Replace(value.Root.GetRawText(), @"\s", ""),
        JsonLine.Fault fault => "!" + fault.Why,
        _ => "?",
    };
}

using System.Text;
using ControlChat.Core.Sessions.Relay;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Relay;

/// <summary>A streamed answer, cut into its events and counted.</summary>
public sealed class AnswerEventsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Events_come_whole_and_as_they_are_however_they_arrive(int pieces)
    {
        var big = new string('x', 100_000);
        string[] events = ["event: a\ndata: {\"type\":\"a\"}\n\n", ": hb\n\n", "event: b\r\ndata: 1\r\ndata: 2\r\n\r\n", "\n", $"data: {big}\n\n", "data: ü€\n\n"];
        var seen = await ReadAsync(string.Concat(events) + "data: cut off\n", pieces);
        Assert.Equal(events, seen);
    }

    [Fact]
    public async Task An_event_without_an_end_is_not_kept()
    {
        await using var endless = new Endless();
        await Assert.ThrowsAsync<InvalidDataException>(async () => await new AnswerEvents(endless).NextAsync(default));
        Assert.InRange(endless.Given, AnswerEvents.MostBytes, AnswerEvents.MostBytes + 1);
    }

    [Fact]
    public void The_servers_own_count_is_the_cost()
    {
        var tally = new AnswerTally(4000, 32_000);
        See(tally, Delta("a"));
        Assert.False(tally.IsWhole);
        See(tally, """{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":12,"output_tokens":34}}}""");
        Assert.True(tally.IsWhole);
        Assert.Equal((12L, 34L), (tally.Input, tally.Output));
    }

    [Theory]
    [InlineData("""{"type":"response.completed","response":{"id":"r"}}""", true)]
    [InlineData("""{"type":"response.failed","response":{"id":"r","usage":null}}""", true)]
    [InlineData("""{"type":"response.incomplete","response":{"usage":{"input_tokens":"1","output_tokens":1}}}""", true)]
    [InlineData("""{"type":"response.in_progress","response":{"usage":{"input_tokens":1,"output_tokens":1}}}""", false)]
    [InlineData("""{"type":"response.output_text.done","text":"\"response.completed\"","response":{"usage":{"input_tokens":0,"output_tokens":0}}}""", false)]
    [InlineData("""{"type":"response.completed",""", false)]
    public void Without_one_it_is_what_was_sent_and_what_came(string last, bool whole)
    {
        var tally = new AnswerTally(4000, 32_000);
        for (var i = 0; i < 5; i++) See(tally, Delta("a"));
        See(tally, last);
        Assert.Equal(whole, tally.IsWhole);
        Assert.Equal((1000L, 5L), (tally.Input, tally.Output));
    }

    [Theory]
    [InlineData(0.1, 32_000, 2_000)]
    [InlineData(20, 32_000, 4_000)]
    [InlineData(3600, 32_000, 32_000)]
    [InlineData(20, 300, 300)]
    public void Who_leaves_pays_for_the_time_unless_the_server_says_better(double seconds, long most, long output)
    {
        var tally = new AnswerTally(4000, most);
        See(tally, Delta("a"));
        tally.Leave(TimeSpan.FromSeconds(seconds));
        Assert.Equal((1000L, output), (tally.Input, tally.Output));
        See(tally, """{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":12,"output_tokens":34}}}""");
        Assert.Equal((12L, 34L), (tally.Input, tally.Output));
    }

    [Fact]
    public void What_came_is_the_least_of_it()
    {
        var tally = new AnswerTally(4000, 16);
        for (var i = 0; i < 20; i++) See(tally, Delta("a"));
        tally.Leave(TimeSpan.FromSeconds(1));
        Assert.Equal(20L, tally.Output);
    }

    [Fact]
    public void An_answer_at_once_says_it_too()
    {
        var tally = new AnswerTally(4000, 32_000);
        tally.SeeWhole("""{"id":"r","usage":{"input_tokens":7,"output_tokens":8}}"""u8.ToArray());
        Assert.Equal((7L, 8L), (tally.Input, tally.Output));
    }

    private static void See(AnswerTally tally, string data) => tally.See(Encoding.UTF8.GetBytes($"event: x\ndata: {data}\n\n"));

    private static string Delta(string text) => $$"""{"type":"response.output_text.delta","delta":"{{text}}"}""";

    private static async Task<List<string>> ReadAsync(string text, int pieces)
    {
        await using var stream = new Pieces(Encoding.UTF8.GetBytes(text), pieces);
        var events = new AnswerEvents(stream);
        var seen = new List<string>();
        while (await events.NextAsync(default) is { } found) seen.Add(Encoding.UTF8.GetString(found.Span));
        return seen;
    }

    private sealed class Pieces(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
    }

    private sealed class Endless : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}

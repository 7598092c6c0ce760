using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Telemetry;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

public sealed class TranscriptScrubTests
{
    private const string Secret = "value-of-the-hub-1234";
    private readonly Redactor _redactor = new();
    private long _seq;

    public TranscriptScrubTests() => _redactor.Add(Secret);

    [Fact]
    public void What_holds_no_secret_stays_to_the_byte()
    {
        const string Data = """{ "note":"[removed] and on","text":"a \u0041 \"quoted\" <b>",  "n":1.50 }""";
        Assert.Equal(Data, new TranscriptScrub(_redactor).Clean(Event("system", Data)));
    }

    [Theory]
    [InlineData($$"""{"text":"it is {{Secret}}."}""", """{"text":"it is [removed]."}""")]
    [InlineData("""{"arguments":{"password":"plain"}}""", """{"arguments":{"password":"[removed]"}}""")]
    [InlineData($$"""{"a":[{"{{Secret}}":1},"Bearer abcdefgh1234"]}""", """{"a":[{"[removed]":1},"Bearer [removed]"]}""")]
    [InlineData("""{"output":"api_key=abcdefgh\nnext"}""", """{"output":"api_key=[removed]\nnext"}""")]
    public void A_secret_goes_wherever_it_stands_and_the_record_stays_a_record(string data, string clean) =>
        Assert.Equal(clean, new TranscriptScrub(_redactor).Clean(Event("tool_call", data)));

    [Fact]
    public void Pieces_of_one_output_are_one_text_and_those_of_two_are_two()
    {
        var scrub = new TranscriptScrub(_redactor);
        var (one, two) = (Piece("one", "a\nof " + Secret[..9]), Piece("two", "b\nof " + Secret[..9]));
        var rest = Piece("one", Secret[9..] + "\nmore");
        var finished = Event("command_finished", """{"item_id":"one","output":null}""");
        var ended = Event("ended", """{"reason":"stopped"}""");
        var written = string.Concat(new[] { one, two, rest, finished, ended }.Select(scrub.Clean));
        Assert.DoesNotContain(Secret, written.Replace("\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("[removed]", written, StringComparison.Ordinal);
        Assert.Contains("\"held\":\"b\\nof value-of-", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_begins_in_the_middle_writes_the_same()
    {
        StoredSessionEvent[] events = [Piece("one", "a\n" + Secret[..9]), Event("system", """{"text":"between"}"""), Piece("one", Secret[9..] + "\nb\n"), Event("ended", "{}")];
        var whole = new TranscriptScrub(_redactor);
        var all = events.Select(whole.Clean).ToList();
        for (var from = 0; from < events.Length; from++)
        {
            var scrub = new TranscriptScrub(_redactor);
            foreach (var before in events[..from]) scrub.Pass(before);
            Assert.Equal(all[from..], events[from..].Select(scrub.Clean));
        }
    }

    private StoredSessionEvent Piece(string item, string text) => Event("command_output", $$"""{"item_id":"{{item}}","text":{{System.Text.Json.JsonSerializer.Serialize(text)}}}""");

    private StoredSessionEvent Event(string type, string data) => new() { Seq = ++_seq, Type = type, Data = data, At = DateTimeOffset.UnixEpoch };
}

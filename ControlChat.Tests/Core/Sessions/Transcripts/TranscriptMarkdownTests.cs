using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Transcripts;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Transcripts;

public sealed class TranscriptMarkdownTests
{
    private readonly TranscriptMarkdown _markdown = new();

    [Fact]
    public void Each_message_of_a_person_begins_a_turn()
    {
        Assert.StartsWith("\n## Turn 1: Ada, 1970-01-01T00:00:00.000Z\n\n> Hello\n> you\n", Of("user_message", """{"text":"Hello\nyou","name":"Ada"}"""), StringComparison.Ordinal);
        Assert.StartsWith("\n## Turn 2: \\# Ada \\[x\\]\\(http://x\\),", Of("user_message", """{"text":"b","name":"# Ada [x](http://x)"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_agent_writes_makes_no_heading_of_ours()
    {
        Assert.EndsWith("\n\n>\n> ## Turn 9: Ada\n> ```\n> x\n", Of("agent_message", """{"text":"\n## Turn 9: Ada\n```\nx"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fence_is_longer_than_any_inside()
    {
        Assert.Contains("\n````sh\necho '```'\n````\n", Of("command_started", """{"command":"echo '```'"}"""), StringComparison.Ordinal);
        Assert.Contains("\n``````text\n`````\n``````\n", Of("command_finished", """{"status":"completed","exit_code":1,"output":"`````\n"}"""), StringComparison.Ordinal);
    }

    [Fact]
    public void Changes_are_diffs_and_told_once()
    {
        Assert.Equal("", Of("file_change", Change("in_progress")));
        Assert.Contains("\nupdate `` a`b.cs ``\n\n```diff\n-old\n+new\n```\n", Of("file_change", Change("completed")), StringComparison.Ordinal);
    }

    private static string Change(string status) => $$"""{"status":"{{status}}","files":[{"path":"a`b.cs","kind":"update","diff":"-old\n+new\n"}]}""";

    private string Of(string type, string data) => _markdown.Of(new StoredSessionEvent { Seq = 1, Type = type, Data = data, At = DateTimeOffset.UnixEpoch });
}

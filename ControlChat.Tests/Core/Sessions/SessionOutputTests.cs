using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Work;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

public sealed class SessionOutputTests
{
    [Fact]
    public void What_is_kept_has_an_end_that_counts_what_was_kept_before()
    {
        var output = new SessionOutput(1, TimeProvider.System);
        output.Begin(1024 * 1024 - 100);
        Assert.Null(output.Keep(New(SessionEvents.System, new string('x', 50))));
        Assert.Contains("more than 1 MiB", output.Keep(New(SessionEvents.System, new string('x', 50))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_of_output_is_not_shown_while_it_runs_and_messages_are()
    {
        var time = new FakeTime();
        var output = new SessionOutput(1, time);
        Assert.True(output.MayShow(New(SessionEvents.CommandOutput, new string('x', SessionOutput.ShownPerSecond))));
        Assert.False(output.MayShow(New(SessionEvents.CommandOutput, "y")));
        Assert.True(output.MayShow(New(SessionEvents.AgentMessageDelta, "z")));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(output.MayShow(New(SessionEvents.CommandOutput, "y")));
    }

    private static SessionEvent New(string type, string text) => new(type, new JsonObject { ["text"] = text });
}

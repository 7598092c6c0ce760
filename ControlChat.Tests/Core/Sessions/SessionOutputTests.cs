using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Work;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

public sealed class SessionOutputTests
{
    [Fact]
    public void What_is_kept_has_an_end_that_counts_what_was_kept_before()
    {
        var output = new SessionOutput(1);
        output.Begin(1024 * 1024 - 100);
        Assert.Null(output.Keep(New(SessionEvents.System, new string('x', 50))));
        Assert.Contains("more than 1 MiB", output.Keep(New(SessionEvents.System, new string('x', 50))), StringComparison.Ordinal);
    }

    private static SessionEvent New(string type, string text) => new(type, new JsonObject { ["text"] = text });
}

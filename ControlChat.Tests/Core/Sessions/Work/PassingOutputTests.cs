using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Work;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Work;

public sealed class PassingOutputTests
{
    [Fact]
    public void A_flood_of_one_command_is_shown_up_to_a_bound_and_hides_no_other()
    {
        var output = new PassingOutput();
        var piece = new string('x', PassingOutput.Most / 4);
        Assert.Equal([true, true, true, true, false, false], Enumerable.Range(0, 6).Select(_ => output.Allows(new AgentEvent.CommandOutput("flood", piece))));
        Assert.True(output.Allows(new AgentEvent.CommandOutput("other", piece)));
        Assert.True(output.Allows(new AgentEvent.CommandFinished("flood", ItemStatus.Completed, 0, null, null)));
        Assert.True(output.Allows(new AgentEvent.CommandOutput("flood", piece)));
    }
}

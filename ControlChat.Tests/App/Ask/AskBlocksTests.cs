using ControlChat.App.Ask;
using Xunit;

namespace ControlChat.Tests.App.Ask;

public sealed class AskBlocksTests
{
    private readonly AskScript _talk = new();

    [Fact]
    public void A_message_whose_run_was_cancelled_before_its_turn_offers_no_more_to_take_it_back()
    {
        _talk.Asks("a", "run_1");
        _talk.Starts("run_1");
        _talk.Asks("b", "run_2");
        var written = _talk.Items.OfType<AskItem.Written>().Last();
        Assert.True(written.Run!.Behind);
        var drawn = written.Version;
        _talk.Stops("run_2");
        Assert.False(written.Run.Behind);
        Assert.True(written.Version > drawn);
    }
}

using ControlChat.Core.Sessions.Terminals.Live.Links;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

public sealed class LinkOrderTests
{
    [Fact]
    public void What_is_late_is_heard_once_and_what_is_too_late_never()
    {
        var order = new LinkOrder();
        Assert.True(order.IsNew(2));
        Assert.True(order.IsNew(1));
        Assert.False(order.IsNew(2));
        for (var number = 3; number < 3000; number++) Assert.True(order.IsNew(number));
        Assert.False(order.IsNew(1));
        Assert.False(order.IsNew(2999));
        Assert.False(order.IsNew(0));
    }
}

using System.Reflection;

namespace ControlChat.Tests.HouseRules;

internal static class Assemblies
{
    public static Assembly Core { get; } = typeof(global::ControlChat.Core.Hub.HubDatabase).Assembly;

    public static Assembly App { get; } = typeof(global::ControlChat.App.ControlChatApp).Assembly;
}

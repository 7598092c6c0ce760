using Xunit;

namespace ControlChat.Tests.HouseRules;

internal static class Rule
{
    /// <summary>Fails with every breach, and with what to do instead.</summary>
    public static void Holds(IEnumerable<string> breaches, string instead)
    {
        var all = breaches.Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.True(all.Count == 0, $"{instead}\n  {string.Join("\n  ", all.Take(40))}{(all.Count > 40 ? $"\n  … {all.Count} in all" : "")}");
    }
}

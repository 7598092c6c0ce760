using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>What a host of each size is estimated to cost.</summary>
internal static class HostPrice
{
    /// <summary><c>Hosts:PricePerHour</c> is the price of a small one; the next size is twice the one before.</summary>
    public static Cost Of(HostsSection hosts, string size)
    {
        var times = size switch { "medium" => 2, "large" => 4, _ => 1 };
        return new Cost((decimal.Parse(hosts.PricePerHour, CultureInfo.InvariantCulture) * times).ToString(CultureInfo.InvariantCulture), hosts.Currency, "hour");
    }
}

/// <summary>How effects and read sets name the host of a workspace: <c>host/{workspace}</c>.</summary>
internal static class HostResource
{
    public const string Kind = "host";

    public static string Of(string workspaceId) => $"{Kind}/{workspaceId}";

    public static string IdOf(Effect effect) => effect.Resource[(Kind.Length + 1)..];

    public static Effect Update(string workspaceId, string field, JsonNode? before, JsonNode? after) => new("update", Of(workspaceId), field, before, after);
}

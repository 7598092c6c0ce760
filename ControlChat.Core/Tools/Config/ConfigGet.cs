using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Config;

internal sealed class ConfigGet(SettingBook book) : ReadTool<ConfigGet.Arguments>
{
    public sealed record Arguments([Description("One setting, such as 'Logs:Days', or a limit of one account, such as 'Limits:Workspaces@acc_…'; without it all settings.")] string? Key = null);

    public override ToolDefinition Definition { get; } = Define("config.get",
        "Reads the hub's settings: value, default, legal values, who may change it (personal: everyone for themselves; admin: admins, and it asks; operator: nobody but the operator, outside the chat) and where the value comes from. Secrets appear as 'set' or 'not set' only.");

    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var all = await book.ListAsync(context.Reader, context.Principal.AccountId, context.Principal.IsAdmin, cancellationToken);
        var wanted = arguments.Key is { } key ? [await OfAccountAsync(context, key, cancellationToken) ?? Named(all, key)] : all;
        var rows = new JsonArray([.. wanted.Select(v => JsonSerializer.SerializeToNode(v, Json.Wire))]);
        // Trusted: what tools can set is numbers, flags, choices and time zones, and free text stands in operator settings only.
        return new ReadResult(new JsonObject { ["settings"] = rows }, Untrusted: false);
    }

    // One's own limits, or for admins anybody's.
    private async Task<SettingView?> OfAccountAsync(PlanningContext context, string asked, CancellationToken cancellationToken)
    {
        var (key, account) = SettingResource.Split(asked);
        if (account is null || SettingCatalog.Find(key) is not { PerAccount: true } setting) return null;
        if (account != context.Principal.AccountId && !context.Principal.IsAdmin) throw ToolRefusedException.Denied("The limits of another account are shown to admins only.");
        return await book.OfAccountAsync(context.Reader, setting, account, cancellationToken);
    }

    private static SettingView Named(IReadOnlyList<SettingView> all, string key) =>
        all.FirstOrDefault(v => v.Key.Equals(key.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw ToolRefusedException.NotFound(SettingWords.NoSuch(key, NearestNames.Of(key, all.Select(v => v.Key))));
}

using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Config;

internal sealed class ConfigSet(SettingBook book, SettingsStore store, AccountStore accounts) : WriteTool<ConfigSet.Arguments>
{
    /// <summary>What is told of every change: what stands after <c>stream:</c>.</summary>
    public const string News = "settings";

    public sealed record Arguments(string Key, JsonElement Value);

    // Written by hand: the value is one of four types, which a record's member cannot say.
    private static readonly JsonElement Schema = JsonElement.Parse("""
        {"type":"object","properties":{
          "key":{"type":"string","maxLength":200,"description":"The setting, such as 'Ui:Theme' or 'Logs:Days'; a limit of one account as 'Limits:Workspaces@acc_…'. config.get lists them."},
          "value":{"type":["string","integer","boolean","null"],"maxLength":500,"description":"The new value. null takes the change back, so that the operator's value or the default holds again."}},
         "required":["key","value"],"additionalProperties":false}
        """);

    public override ToolDefinition Definition { get; } = new("config.set", ToolScope.Write,
        "Changes one setting. Personal settings change at once for the person who asks; admin settings need an admin and an approval; operator settings are always refused. The answer to an illegal value names the legal ones.", Schema);

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var (setting, of) = Allowed(arguments.Key, context.Principal);
        if (setting.Kind == SettingKind.Admin && of is not null) await RequireOpenAsync(context.Reader, of, cancellationToken);
        var wanted = Canonical(setting, arguments.Value);
        var (value, row) = await book.InForceAsync(context.Reader, setting, of, cancellationToken);
        var resource = SettingResource.Of(setting, of);
        var earlier = context.Earlier.LastOrDefault(e => e.Resource == resource);
        var before = earlier is null ? setting.Type.Wire(value!) : earlier.After!.DeepClone();
        var after = setting.Type.Wire((wanted ?? await book.WithoutAsync(context.Reader, setting, of, cancellationToken))!);
        var changes = !JsonNode.DeepEquals(before, after) || (earlier is null && wanted is null && row?.Value is not null);
        var own = earlier is null && row?.Value is null ? null : before.DeepClone();
        var key = SettingResource.KeyOf(setting, of);
        return new PlanDraft(Call(setting, key, wanted), Summary(key, wanted, before, after),
            changes ? [new Effect("update", resource, "value", before, after)] : [], [new ReadVersion(resource, row?.Version ?? 0)], ToolScope.Write)
        {
            Access = setting.Kind == SettingKind.Admin,
            Compensation = new Compensation("config.set", new JsonObject { ["key"] = key, ["value"] = own }),
            Warnings = Warnings(setting, before, after),
            Unchanged = Result(setting, key, before, row?.Version ?? 0),
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var (setting, of) = Allowed(plan.Arguments["key"]!.GetValue<string>(), context.Principal);
        var value = plan.Arguments["value"] is { } given ? setting.Type.Read(Text(given)) : null;
        var version = await store.PutAsync(context.Transaction, setting.Key, of, value, context.Principal.AccountId, cancellationToken);
        if (of is null) await context.Transaction.AnnounceAsync(SettingChanged.Of, setting.Key, cancellationToken);
        context.Transaction.Hint(Topics.Stream(News), setting.Key);
        return Result(setting, SettingResource.KeyOf(setting, of), effect.After, version);
    }

    // Whose value it is: null for the whole hub.
    private static (SettingDefinition Setting, string? Of) Allowed(string asked, Principal principal)
    {
        var (key, account) = SettingResource.Split(asked);
        var setting = SettingCatalog.Find(key) ?? throw ToolRefusedException.Invalid(SettingWords.NoSuch(key, SettingCatalog.Nearest(key)));
        if (setting.Kind == SettingKind.Operator) throw ToolRefusedException.Denied(SettingWords.OperatorOnly(setting));
        if (setting.Kind == SettingKind.Admin && !principal.IsAdmin) throw ToolRefusedException.Denied(SettingWords.AdminOnly(setting));
        if (account is not null && !setting.PerAccount) throw ToolRefusedException.Invalid(SettingWords.NotPerAccount(setting));
        return (setting, setting.Kind == SettingKind.Personal ? principal.AccountId : account);
    }

    private async Task RequireOpenAsync(IHubReader reader, string accountId, CancellationToken cancellationToken)
    {
        if (await accounts.FindAsync(reader, accountId, cancellationToken) is not { ClosedAt: null })
            throw ToolRefusedException.NotFound("There is no open account with this id. A limit of one account names it by its id, acc_… .");
    }

    private static string? Canonical(SettingDefinition setting, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null) return null;
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : value.GetRawText();
        return setting.Type.Read(text) ?? throw ToolRefusedException.Invalid(setting.Fault(text));
    }

    private static string Text(JsonNode value) => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private static JsonObject Call(SettingDefinition setting, string key, string? canonical) =>
        new() { ["key"] = key, ["value"] = canonical is null ? null : setting.Type.Wire(canonical) };

    private static string Summary(string key, string? wanted, JsonNode before, JsonNode after) =>
        wanted is null ? $"Take {key} back to {Text(after)}" : $"Set {key} from {Text(before)} to {Text(after)}";

    private static List<string> Warnings(SettingDefinition setting, JsonNode before, JsonNode after) =>
        setting.Key is "Logs:Days" or "Sessions:TranscriptDays" && after.GetValue<int>() < before.GetValue<int>()
            ? [$"What is older than {after.GetValue<int>()} days is deleted; setting it back does not bring it back."] : [];

    private static JsonObject Result(SettingDefinition setting, string key, JsonNode? value, long version) => new()
    {
        ["key"] = key,
        ["value"] = value?.DeepClone(),
        ["kind"] = setting.Kind.ToString().ToLowerInvariant(),
        ["version"] = version,
    };
}

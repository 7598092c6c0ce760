using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Sync;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sync;

internal sealed class ConfigureSync(SyncTargets targets, SyncTelling telling, SyncConfigStore configs, SyncRunStore runs, SyncRules rules, HostKeyScan scan) : WriteTool<ConfigureSync.Arguments>
{
    private const string RemoteField = "remote";
    private const string DirectionField = "direction";
    private const string ExcludeField = "exclude";
    private const string KeyField = "host_key";

    public sealed record Arguments(
        [Description("ssh://user@host/path, user@host:/path, file:///directory or /directory. null takes the configuration out.")][MaxLength(SyncRemote.MostChars)] string? Remote,
        [Description("push makes the remote like the workspace, pull the workspace like the remote.")][AllowedValues(SyncDirection.Push, SyncDirection.Pull)] string? Direction = null,
        [Description("Patterns of what is left out on both sides, as rsync's --exclude, such as 'node_modules/' or '*.tmp'.")][MaxLength(SyncExclude.MostPatterns)] IReadOnlyList<string>? Exclude = null,
        [Description("The host's public key, 'ssh-ed25519 AAAA…', when it is known from elsewhere; else the host is asked and the plan shows the key's fingerprint.")][MaxLength(2_100)] string? HostKey = null,
        [Description(SyncTargets.About)] string? WorkspaceId = null);

    public override ToolDefinition Definition { get; } = Define("sync.configure", ToolScope.Write,
        "Says with what a workspace is synced: a directory of a host over ssh, or of the hub's machine; which way; and what is left out. Moves nothing yet: sync.run does. Asks a person, who sees the host's key. What is not listed by the operator is refused.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var target = await targets.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        if (target.State == WorkspaceState.Trashed) throw new ToolRefusedException("conflict", "conflict", $"{target.Shown} is in the trash. Restore it first with workspace.restore.") { Untrusted = target.Foreign };
        var before = await configs.FindAsync(context.Reader, target.Id, cancellationToken);
        if (!context.Recheck) SyncTelling.RequireOwnPlan(context, target.Id);
        if (await runs.FindAsync(context.Reader, target.Id, cancellationToken) is { State: var state } && SyncState.IsOpen(state))
            throw ToolRefusedException.Conflict("A sync of this workspace is on its way. Wait for its end, or cancel it on the workspace's page.");
        var after = await WantedAsync(context, arguments, before, cancellationToken);
        var effects = Effects(target.Id, before, after);
        return new PlanDraft(
            Call(target.Id, after), after is null ? $"Remove the sync of {target.Shown}" : $"Configure the sync of {target.Shown}: {Way(after)}", effects,
            [new ReadVersion(SyncResource.Of(target.Id), await configs.VersionAsync(context.Reader, target.Id, cancellationToken))], ToolScope.Write)
        {
            Access = true,
            Compensation = new Compensation("sync.configure", Call(target.Id, before)),
            Warnings = Warnings(before, after, arguments.HostKey is not null),
            Unchanged = await telling.ResultAsync(context.Reader, target.Id, cancellationToken),
            Untrusted = target.Foreign || before is not null,
        };
    }

    // From the effects alone: an undo applies with the arguments of the action it takes back.
    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var id = SyncResource.IdOf(plan.Effects[0]);
        await targets.StillAsync(context, id, active: false, cancellationToken);
        if (await runs.FindAsync(context.Transaction, id, cancellationToken) is { State: var state } && SyncState.IsOpen(state)) throw ToolRefusedException.Conflict("A sync of this workspace is on its way. Nothing was changed.");
        var config = After(plan.Effects, await configs.FindAsync(context.Transaction, id, cancellationToken), rules.MayNameAnything(context.Principal) ? context.Principal.AccountId : null);
        if (config is not null && rules.Refusal(config.Remote, config.NamedBy is not null) is { } refusal) throw ToolRefusedException.Denied(refusal);
        await configs.PutAsync(context.Transaction, id, config is null || !rules.IsListed(config.Remote) ? config : config with { NamedBy = null }, cancellationToken);
        context.Transaction.Hint(SyncWords.Topic, id);
        return await telling.ResultAsync(context.Transaction, id, cancellationToken);
    }

    private async Task<SyncConfig?> WantedAsync(PlanningContext context, Arguments arguments, SyncConfig? before, CancellationToken cancellationToken)
    {
        if (arguments.Remote is not { } text) return null;
        var remote = SyncRemote.Parse(text.Trim()) ?? throw ToolRefusedException.Invalid("'remote' is none that can be used. Write ssh://user@host/absolute/path, user@host:/absolute/path, file:///directory or /directory, without '..' and without characters that cannot be seen.");
        if (arguments.Direction is not { } direction) throw ToolRefusedException.Invalid("'direction' is missing; use 'push' or 'pull'.");
        if ((arguments.Exclude ?? []).Select(SyncExclude.Fault).FirstOrDefault(f => f is not null) is { } fault) throw ToolRefusedException.Invalid(fault);
        if (rules.Refusal(remote, rules.MayNameAnything(context.Principal)) is { } refusal) throw ToolRefusedException.Denied(refusal);
        if (remote is SyncRemote.Local && !Directory.Exists(remote.Path)) throw ToolRefusedException.Conflict("There is no such directory on the hub's machine. Make it first.");
        return new SyncConfig(remote, direction, [.. arguments.Exclude ?? []], await KeyAsync(context, remote, arguments.HostKey, before, cancellationToken), null);
    }

    private async Task<HostKey?> KeyAsync(PlanningContext context, SyncRemote remote, string? given, SyncConfig? before, CancellationToken cancellationToken)
    {
        if (remote is not SyncRemote.Ssh ssh) return given is null ? null : throw ToolRefusedException.Invalid("'host_key' goes with an ssh remote only.");
        if (given is not null) return HostKey.Parse(given.Trim()) ?? throw ToolRefusedException.Invalid("'host_key' is no public key that can be pinned. Write 'ssh-ed25519 AAAA…' as it stands in the host's /etc/ssh/ssh_host_ed25519_key.pub, without the comment.");
        var pinned = IsSameHost(before, ssh) ? before!.HostKey : null;
        if (context.Recheck) return pinned;
        try
        {
            return await scan.AskAsync(ssh, pinned, cancellationToken);
        }
        catch (SyncFailedException e)
        {
            throw SyncTelling.Refusal(e);
        }
    }

    private static List<Effect> Effects(string id, SyncConfig? before, SyncConfig? after)
    {
        var (was, will) = (Values(before), Values(after));
        var op = (before, after) switch { (null, _) => "create", (_, null) => "delete", _ => "update" };
        return [.. was.Where(f => !JsonNode.DeepEquals(f.Value, will[f.Key])).Select(f => new Effect(op, SyncResource.Of(id), f.Key, f.Value?.DeepClone(), will[f.Key]?.DeepClone()))];
    }

    // The key stands there in full, so that what is pinned is what was shown; its fingerprint is what people compare.
    private static JsonObject Values(SyncConfig? config) => new()
    {
        [RemoteField] = config?.Remote.ToString(),
        [DirectionField] = config?.Direction,
        [ExcludeField] = config is null ? null : SyncTelling.Patterns(config.Exclude),
        [KeyField] = config?.HostKey is { } key ? $"{key.Fingerprint} {key.Line}" : null,
    };

    private static SyncConfig? After(IReadOnlyList<Effect> effects, SyncConfig? before, string? namedBy)
    {
        JsonNode? Value(string field) => effects.FirstOrDefault(e => e.Field == field) is { } effect ? effect.After : Values(before)[field];
        if (Value(RemoteField) is not { } remote) return null;
        var key = Value(KeyField)?.GetValue<string>();
        return new SyncConfig(
            SyncRemote.Parse(remote.GetValue<string>())!, Value(DirectionField)!.GetValue<string>(), [.. Value(ExcludeField)!.AsArray().Select(p => p!.GetValue<string>())],
            key is null ? null : HostKey.Parse(key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..]), namedBy);
    }

    private static JsonObject Call(string id, SyncConfig? config)
    {
        var call = new JsonObject { ["workspace_id"] = id, [RemoteField] = config?.Remote.ToString() };
        if (config is null) return call;
        call[DirectionField] = config.Direction;
        call[ExcludeField] = SyncTelling.Patterns(config.Exclude);
        if (config.HostKey is { } key) call[KeyField] = key.Line;
        return call;
    }

    private static string Way(SyncConfig config) => config.Direction == SyncDirection.Push ? $"push to {config.Remote}" : $"pull from {config.Remote}";

    private static List<string> Warnings(SyncConfig? before, SyncConfig? after, bool given)
    {
        var warnings = new List<string>();
        if (after?.HostKey is { } key)
        {
            if (given) warnings.Add("The host's key was given with the request; the host was not asked for it.");
            if (before?.HostKey is { } pinned && IsSameHost(before, (SyncRemote.Ssh)after.Remote) && pinned != key)
                warnings.Add($"The host's key is another than the one pinned before ({SyncTelling.Key(pinned)}). Ask whoever runs the host before you approve: somebody may be in between.");
            else if (!given && before?.HostKey != key) warnings.Add($"Compare the host's key, {SyncTelling.Key(key)}, with what whoever runs the host says: ssh-keygen -lf on the host shows it.");
        }
        if (after is not null)
        {
            warnings.Add(after.Direction == SyncDirection.Push ? "Each run sends the workspace's files out of the hub, and deletes on the remote what the workspace does not have." : "Each run overwrites the workspace's files, and deletes in it what the remote does not have.");
            warnings.AddRange(NameWarnings.For("remote", after.Remote.ToString()));
        }
        return warnings;
    }

    private static bool IsSameHost(SyncConfig? config, SyncRemote.Ssh remote) => config?.Remote is SyncRemote.Ssh other && (other.Host, other.Port) == (remote.Host, remote.Port);
}

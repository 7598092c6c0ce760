using ControlChat.Core.Gate;

namespace ControlChat.Core.Runner;

/// <param name="Name">With its slash, such as <c>/rename</c>.</param>
/// <param name="Syntax">What to type, with capital words for what varies and brackets for what may be left out.</param>
/// <param name="Does">One sentence for lists and help.</param>
/// <param name="Scope">The least its effects can be.</param>
/// <param name="Tool">The tool it calls; null when it needs none.</param>
public sealed record SlashCommand(string Name, string Syntax, string Does, ToolScope Scope, string? Tool)
{
    /// <summary>Words that lead here when a text was not understood.</summary>
    public IReadOnlyList<string> Keywords { get; init; } = [];
}

/// <summary>Every slash command, in the order of help: for the planner, the composer's list and the README. A title with spaces may stand in double quotes; one with the word "to" must.</summary>
public static class SlashCommands
{
    public static IReadOnlyList<SlashCommand> All { get; } =
    [
        new("/help", "/help", "Lists the commands and the sentences the offline planner understands.", ToolScope.Read, null) { Keywords = ["commands"] },
        new("/workspaces", "/workspaces [TEXT] [tag:TAG] [state:active|archived|trashed]", "Lists workspaces.", ToolScope.Read, "workspace.list") { Keywords = ["list", "find", "search", "trash", "all"] },
        new("/workspace", "/workspace TITLE", "Shows one workspace.", ToolScope.Read, "workspace.get") { Keywords = ["show", "details"] },
        new("/create", "/create TITLE [#TAG …]", "Makes a new workspace.", ToolScope.Write, "workspace.create") { Keywords = ["new", "make", "add"] },
        new("/rename", "/rename TITLE to NEW TITLE", "Gives a workspace another title.", ToolScope.Write, "workspace.rename") { Keywords = ["title", "name", "call", "change"] },
        new("/tag", "/tag TITLE [+TAG …] [-TAG …]", "Adds and removes tags.", ToolScope.Write, "workspace.tag") { Keywords = ["tags", "untag", "label"] },
        new("/pin", "/pin TITLE", "Pins a workspace for you.", ToolScope.Write, "workspace.pin") { Keywords = ["favourite", "top"] },
        new("/unpin", "/unpin TITLE", "Takes your pin off.", ToolScope.Write, "workspace.pin"),
        new("/archive", "/archive TITLE", "Archives a workspace; asks first.", ToolScope.Destructive, "workspace.archive") { Keywords = ["close", "old"] },
        new("/unarchive", "/unarchive TITLE", "Takes a workspace out of the archive.", ToolScope.Write, "workspace.unarchive") { Keywords = ["reopen"] },
        new("/delete", "/delete TITLE", "Puts a workspace into the trash; asks first.", ToolScope.Destructive, "workspace.delete") { Keywords = ["remove", "trash", "drop", "erase"] },
        new("/restore", "/restore TITLE", "Takes a workspace out of the trash.", ToolScope.Write, "workspace.restore") { Keywords = ["recover", "undelete", "back"] },
        new("/purge", "/purge TITLE", "Removes a trashed workspace for good; asks first and cannot be undone.", ToolScope.Destructive, "workspace.purge") { Keywords = ["forever", "destroy", "permanently"] },
        new("/share", "/share TITLE with EMAIL as ROLE", "Lets a person into a workspace as viewer, collaborator or owner; asks first.", ToolScope.Write, "workspace.add_collaborator") { Keywords = ["collaborator", "member", "people", "person"] },
        new("/unshare", "/unshare TITLE with EMAIL", "Takes a person out of a workspace; asks first.", ToolScope.Write, "workspace.remove_collaborator") { Keywords = ["kick", "member", "collaborator"] },
        new("/role", "/role TITLE of EMAIL to ROLE", "Gives a member of a workspace another role; asks first.", ToolScope.Write, "workspace.set_role") { Keywords = ["owner", "viewer", "collaborator", "promote", "demote"] },
        new("/invite", "/invite EMAIL [to TITLE as ROLE] [days:N]", "Invites somebody to the hub or to a workspace; asks first. The link is copied on the page.", ToolScope.Write, "invitation.create") { Keywords = ["invite", "newcomer", "guest", "people"] },
        new("/onboard", "/onboard to TITLE [as ROLE] [days:N], or /onboard each [as ROLE] [host:small|medium|large] [cap:2EUR] [days:N], then the people, one a line", "Invites everybody of a pasted table, into one workspace or into a new one each, as one plan; asks first.", ToolScope.Write, "plan.batch") { Keywords = ["onboard", "students", "class", "table", "csv", "everybody"] },
        new("/uninvite", "/uninvite ID", "Takes an invitation back; asks first.", ToolScope.Write, "invitation.revoke") { Keywords = ["invitation", "withdraw", "revoke"] },
        new("/invitations", "/invitations [pending|accepted|ended]", "Lists invitations.", ToolScope.Read, "invitation.list") { Keywords = ["invited", "invites"] },
        new("/start-host", "/start-host TITLE [size:small|medium|large]", "Starts the host of a workspace; shows what it costs and asks first.", ToolScope.Billing, "workspace.start_host") { Keywords = ["start", "host", "run", "machine"] },
        new("/stop-host", "/stop-host TITLE", "Stops the host of a workspace; asks first.", ToolScope.Destructive, "workspace.stop_host") { Keywords = ["stop", "host", "shutdown"] },
        new("/sync", "/sync [TITLE]", "Makes one side of a workspace's sync like the other; shows every difference and asks first.", ToolScope.Destructive, "sync.run") { Keywords = ["rsync", "mirror", "upload", "download", "push", "pull"] },
        new("/sync-status", "/sync-status [TITLE]", "Shows with what a workspace is synced and how its latest run goes.", ToolScope.Read, "sync.status") { Keywords = ["sync", "progress"] },
        new("/configure-sync", "/configure-sync [TITLE] with REMOTE push|pull [exclude:PATTERN …]", "Says with what a workspace is synced; asks first.", ToolScope.Write, "sync.configure") { Keywords = ["sync", "remote", "rsync", "ssh"] },
        new("/unsync", "/unsync [TITLE]", "Takes the configuration of a workspace's sync out; asks first.", ToolScope.Write, "sync.configure"),
        new("/handoff", "/handoff [TITLE] to GOAL [deliver:PATH …] [only:PATH …] [budget:TOKENS]", "Gives a task to an agent that works inside a workspace.", ToolScope.Write, "handoff_to_workspace_agent") { Keywords = ["agent", "task", "codex", "hand", "give"] },
        new("/config", "/config [KEY]", "Shows settings.", ToolScope.Read, "config.get") { Keywords = ["settings", "setting", "configuration", "options"] },
        new("/set", "/set KEY VALUE", "Changes a setting; settings of the hub ask first.", ToolScope.Write, "config.set") { Keywords = ["setting", "change", "theme", "dark", "light"] },
        new("/logs", "/logs [TEXT] [level:error] [since:1h] [run:ID]", "Searches the hub's log.", ToolScope.Read, "logs.search") { Keywords = ["log", "errors", "error", "warnings", "wrong"] },
        new("/audit", "/audit [TEXT] [event:NAME] [tool:NAME] [outcome:NAME] [since:1d]", "Searches the audit record.", ToolScope.Read, "audit.search") { Keywords = ["record", "history", "who", "happened", "changes"] },
        new("/editors", "/editors", "Lists the editors.", ToolScope.Read, "editors.list") { Keywords = ["editor"] },
        new("/undo", "/undo [ACTION]", "Takes back an action; the latest one when none is named.", ToolScope.Write, "undo") { Keywords = ["revert", "back", "reverse"] },
        new("/batch", "/batch, then one command a line", "Plans several changes as one plan with one decision.", ToolScope.Write, "plan.batch") { Keywords = ["several", "many", "together"] },
        new("/open", "/open PAGE, or /open workspace TITLE", "Opens a page or a workspace in your browser.", ToolScope.Read, "ui_action") { Keywords = ["go", "page"] },
        new("/show", "/show PAGE", "Shows a page in your browser.", ToolScope.Read, "ui_action") { Keywords = ["page", "approvals"] },
        new("/highlight", "/highlight ID", "Highlights something on the page in your browser.", ToolScope.Read, "ui_action") { Keywords = ["point"] },
    ];

    /// <summary>Pages that can be opened by name.</summary>
    public static IReadOnlyList<string> Pages { get; } = ["ask", "workspaces", "approvals", "audit", "logs", "usage", "settings"];

    public static SlashCommand? Find(string name) => All.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The commands that work with these tools (dotted or wire names).</summary>
    public static IReadOnlyList<SlashCommand> With(IEnumerable<string> tools)
    {
        var offered = tools.Select(ToolWireName.Of).ToHashSet(StringComparer.Ordinal);
        return [.. All.Where(c => c.Tool is null || offered.Contains(ToolWireName.Of(c.Tool)))];
    }
}

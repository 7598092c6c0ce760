namespace ControlChat.Core.Runner;

/// <param name="Example">A sentence that the offline planner understands as it stands.</param>
/// <param name="Tool">The tool it calls.</param>
public sealed record PlainSentence(string Example, string Tool);

/// <summary>
/// The plain English the offline planner understands: the whole message is one such sentence, in any case, with "please" and a full stop if wanted.
/// People to onboard stand behind the colon, or below it as a table.
/// Titles with punctuation or small words ("and", "to", "if", …) stand in double quotes. Nothing else is ever matched.
/// </summary>
public static class PlainSentences
{
    // Before the list that takes it up: fields are filled from top to bottom.
    private static readonly PlainSentence[] AboutPeople =
    [
        new("Share Billing with mara@example.org as viewer", "workspace.add_collaborator"),
        new("Add mara@example.org to Billing as collaborator", "workspace.add_collaborator"),
        new("Remove mara@example.org from Billing", "workspace.remove_collaborator"),
        new("Make mara@example.org an owner of Billing", "workspace.set_role"),
        new("Invite mara@example.org to Billing as collaborator", "invitation.create"),
        new("Invite mara@example.org to this hub", "invitation.create"),
        new("Onboard these people into Billing as viewer: mara@example.org, jonas@example.org", "plan.batch"),
        new("Onboard these two students with a workspace each, at most € 2 an hour: mara@example.org, jonas@example.org", "plan.batch"),
        new("Revoke the invitation inv_0123", "invitation.revoke"),
        new("Show the pending invitations", "invitation.list"),
    ];

    public static IReadOnlyList<PlainSentence> All { get; } =
    [
        new("List my workspaces", "workspace.list"),
        new("Show the archived workspaces", "workspace.list"),
        new("List the workspaces tagged eu", "workspace.list"),
        new("Find workspaces called data", "workspace.list"),
        new("Show the workspace Billing", "workspace.get"),
        new("Create a workspace called Billing tagged eu, finance", "workspace.create"),
        new("Rename Billing to Billing 2026", "workspace.rename"),
        new("Rename Billing to Invoices and tag it finance", "plan.batch"),
        new("Tag Billing with eu and finance", "workspace.tag"),
        new("Remove the tag eu from Billing", "workspace.tag"),
        new("Pin Billing", "workspace.pin"),
        new("Unpin Billing", "workspace.pin"),
        new("Archive Billing", "workspace.archive"),
        new("Archive Billing, Invoices and Taxes", "plan.batch"),
        new("Unarchive Billing", "workspace.unarchive"),
        new("Delete the workspace Billing", "workspace.delete"),
        new("Restore Billing from the trash", "workspace.restore"),
        new("Purge Billing", "workspace.purge"),
        .. AboutPeople,
        new("Start the host of Billing", "workspace.start_host"),
        new("Start a large host for Billing", "workspace.start_host"),
        new("Turn off the host of Billing", "workspace.stop_host"),
        new("Sync the workspace Billing", "sync.run"),
        new("Show the sync of Billing", "sync.status"),
        new("Configure the sync of Billing to push to ssh://mara@files.example/srv/billing", "sync.configure"),
        new("Ask the agent of Billing to \"create codex.chat\"", "handoff_to_workspace_agent"),
        new("Show the settings", "config.get"),
        new("Show the setting Ui:Theme", "config.get"),
        new("Set Workspaces:TrashDays to 14", "config.set"),
        new("Switch to the dark theme", "config.set"),
        new("Show the logs of the last hour", "logs.search"),
        new("Show the errors of the last 2 days", "logs.search"),
        new("Search the logs for timeout", "logs.search"),
        new("Show the audit record", "audit.search"),
        new("List the editors", "editors.list"),
        new("Undo the last change", "undo"),
        new("Undo act_019", "undo"),
        new("Open the workspace Billing", "ui_action"),
        new("Show the approvals page", "ui_action"),
        new("Highlight ws_019", "ui_action"),
    ];
}

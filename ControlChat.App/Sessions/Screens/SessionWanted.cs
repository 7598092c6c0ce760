namespace ControlChat.App.Sessions.Screens;

/// <param name="Message">Null: nothing is said at first.</param>
public sealed record SessionWanted(string WorkspaceId, string Profile, string? Message);

/// <summary>A workspace an agent may be started in.</summary>
public sealed record SessionPlace(string Id, string Title);

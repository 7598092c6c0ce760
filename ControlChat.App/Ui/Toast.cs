namespace ControlChat.App.Ui;

/// <summary>A passing word about something that is shown elsewhere too: never the only place of an error, a receipt or an approval.</summary>
/// <param name="Tone">"ok", "warn", "danger" or empty.</param>
/// <param name="Action">The button's text ("Undo", "Review"); null for none.</param>
/// <param name="Counts">Shows the seconds left beside the action, for an Undo.</param>
public sealed record Toast(string Text, string Icon = "ok", string Tone = "", string? Action = null, Func<Task>? OnAction = null, bool Counts = false)
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>One that comes later with the same key takes its place; null: it stands beside the others.</summary>
    public string? Key { get; init; }
}

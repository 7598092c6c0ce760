namespace ControlChat.App.Ui;

/// <param name="Key">Compared with the view that is shown.</param>
public sealed record LinkTab(string Key, string Title, string Href, int? Count = null);

namespace ControlChat.App.Ui;

/// <param name="WithoutHref">The address of the same view without this filter.</param>
public sealed record ActiveFilter(string Name, string Value, string WithoutHref);

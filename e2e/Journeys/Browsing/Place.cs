namespace ControlChat.Journeys.Browsing;

/// <summary>A page, or what can be opened over one.</summary>
/// <param name="Path">Of its page.</param>
/// <param name="Name">What is open; null for the page itself.</param>
/// <param name="OpenAsync">Opens it, and waits until it is there.</param>
/// <param name="Narrow">Only where the phone's frame is; false: only where it is not; null: anywhere.</param>
public sealed record Place(string Path, string? Name = null, Func<Visit, Task>? OpenAsync = null, bool? Narrow = null)
{
    private const int Phone = 720;

    public bool IsAt(int width) => Narrow is null || Narrow == width <= Phone;

    public async Task GoAsync(Visit visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        await visit.GoAsync(Path);
        await visit.Page.Locator("h1:visible").First.WaitForAsync();
        if (OpenAsync is not null) await OpenAsync(visit);
    }

    public override string ToString() => Name is null ? Path : $"{Path}, {Name}";
}

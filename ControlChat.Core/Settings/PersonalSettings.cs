using ControlChat.Core.Hub;

namespace ControlChat.Core.Settings;

/// <summary>What a person chose for themselves, read when it is needed.</summary>
public sealed class PersonalSettings(HubDatabase database, SettingBook book)
{
    /// <summary>Their choices over what everyone begins with.</summary>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<UiSection> OfAsync(string accountId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await book.PersonalAsync(reader, accountId, cancellationToken);
    }

    /// <summary>Their choices alone: key to canonical text.</summary>
    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ChosenAsync(string accountId, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await book.ChosenAsync(reader, accountId, cancellationToken);
    }
}

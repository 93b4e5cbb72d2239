# Made from openapi.yaml by "npm run sdk:python"; change the contract.
"""The operations of the contract."""
